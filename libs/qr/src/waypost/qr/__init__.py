"""Text to matrix to styled geometry to SVG, PNG, PDF and EPS; scan guard; verification. Pure."""
