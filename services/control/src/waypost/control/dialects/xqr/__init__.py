"""xQR: the API of xqr.co over Waypost's core. README.md has the endpoint matrix and the quirks."""
