"""What crosses a process border: messages, subjects, ids, codecs, limits. Pure."""
