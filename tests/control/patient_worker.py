"""Control with a relay that looks by itself only once an hour: what it publishes sooner, it was woken for."""

import sys

from waypost.control.__main__ import main
from waypost.control.jobs import relay

relay._POLL_S = 3600.0

if __name__ == "__main__":
    sys.exit(main())
