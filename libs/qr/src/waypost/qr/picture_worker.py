"""The process that writes a picture anew: upload on stdin, clean picture of the same kind on stdout.

`waypost.qr.sandbox` starts it as `python -m waypost.qr.picture_worker MEMORY_BYTES CPU_SECONDS`; it ends
as the logo worker does.
"""

import sys

from waypost.qr.limits import MAX_PICTURE_BYTES
from waypost.qr.logo_worker import serve
from waypost.qr.picture import rewrite


def main() -> int:
    """Limit this process, then read, rewrite, answer."""
    memory_bytes, cpu_seconds = map(int, sys.argv[1:3])
    return serve(rewrite, MAX_PICTURE_BYTES, memory_bytes, cpu_seconds)


if __name__ == "__main__":
    sys.exit(main())
