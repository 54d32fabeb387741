"""What crosses a process border: messages, subjects, ids, codecs, snapshot format, limits.

Pure: no clock, no randomness, no I/O. Every message type is versioned by name; a new optional
field (with a default, at the end) is allowed, anything else is a V2 on a new subject.
"""
