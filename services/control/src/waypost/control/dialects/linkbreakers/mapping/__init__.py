"""Pure: the vendor's requests to commands, views to the vendor's answers."""
