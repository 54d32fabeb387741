"""The operations of the native API, one file per resource; each only maps and calls a use case."""
