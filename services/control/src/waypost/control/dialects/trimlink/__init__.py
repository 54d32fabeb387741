"""TrimLink: the API of trimlink.co over Waypost's core. README.md has the endpoint matrix and the quirks."""
