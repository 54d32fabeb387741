"""Linkbreakers' API over the same core: clients of the vendor change a base URL and a token."""
