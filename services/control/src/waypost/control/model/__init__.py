"""Pure nouns: commands, views, filters and faults. No clock, no randomness, no I/O, no HTTP."""
