"""QRs.bd: the API of qrs.bd over Waypost's core. README.md has the endpoint matrix and the quirks."""
