"""The native API, `/v1`: plain JSON objects, one file of schemas and one of routes per resource."""
