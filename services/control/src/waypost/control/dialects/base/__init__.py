"""What all dialects share beneath `dialect.py`: counting requests, recognising callers, mounting."""
