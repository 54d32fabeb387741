"""GeoIP and user-agent look-ups and the visitor hash."""
