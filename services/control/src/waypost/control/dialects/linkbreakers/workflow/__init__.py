"""Workflows: the vendor's graph of steps, kept with the link and lowered into what the edge carries out. Pure."""
