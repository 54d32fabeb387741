"""The routing language: check, compile, decide, explain. Pure."""
