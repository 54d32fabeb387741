"""The edge: resolves short links, records scans, needs nobody."""
