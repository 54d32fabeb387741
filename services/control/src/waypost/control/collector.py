"""Python's garbage collector in a process of control."""

import gc

_THRESHOLDS = 10_000, 20, 20


def pause() -> None:
    """Do not look for garbage while code is loaded, of which nothing is: a tenth of a start. `settle` ends it."""
    gc.disable()


def settle() -> None:
    """Keep the collector from what was loaded, and let it look at the rest less often. Call when ready.

    A quarter of a million objects of loaded code are looked at in 0.25 s, during which nobody is
    answered; and creating links in bulk would spend a quarter of its time in looking.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
