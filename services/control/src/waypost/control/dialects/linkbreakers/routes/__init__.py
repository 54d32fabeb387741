"""Handlers: map, call core, map."""
