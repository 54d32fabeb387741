"""Python's garbage collector in a process of control."""

import gc

_THRESHOLDS = 5_000, 4, 20
"""Each look holds everybody up for as long as it has much to look at: with fifty writers a young one takes 10 ms, and
one at all that outlived five of them 20 ms, where one at what had outlived twenty twice as large took 110 ms."""


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
