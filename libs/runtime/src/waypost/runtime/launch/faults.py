"""The one way a start fails: a sentence for the operator."""


class LaunchFault(Exception):
    """Waypost cannot start or go on; `str()` is the one clear line that is printed."""
