"""Other vendors' APIs over the same core: one package each, none imports another."""
