"""The scan store: what is kept, how it is written in one transaction, how it is read."""
