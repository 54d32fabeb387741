"""Python's garbage collector in a process of control."""

import gc

_THRESHOLDS = 5_000, 2, 5
"""Each look holds everybody up for as long as it has much to look at. With fifty writers a look at all that outlived
two young ones takes 10 to 20 ms, and one at everything, after five of those, 25 to 35 ms; after twenty, 110 ms."""


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
    gc.collect()  # of nothing, so that the next look at everything does not wait for a quarter of what is frozen
    gc.set_threshold(*_THRESHOLDS)
    gc.enable()
