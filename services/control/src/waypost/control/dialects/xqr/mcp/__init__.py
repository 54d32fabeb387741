"""The MCP server of the xQR dialect: agents use the xQR API over stdio, with one key.

It is a client of the API and nothing more, so an agent can do what its key may do and not a bit beyond.
"""
