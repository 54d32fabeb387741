"""The JSON of the native API, one file per resource. Unknown members are refused."""
