"""Ports for the servers that tests start."""

import os
import socket
from itertools import count

_FIRST = 10_000
_LAST = 32_000
"""Below the range from which Linux draws the local ports of connections (32,768 on): a port handed out here is
not taken by somebody's connection before its server listens, or while its server is killed and started again."""
_STRIDE = 1_009
"""How far apart two test processes begin that were started one after another."""

_turns = count(os.getpid() * _STRIDE)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on and that this process did not hand out lately.

    Raises:
        RuntimeError: every port of the range is taken.
    """
    for _ in range(_FIRST, _LAST):
        port = _FIRST + next(_turns) % (_LAST - _FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError(f"no free port from {_FIRST} to {_LAST}")


def free_ports(number: int) -> list[int]:
    """Distinct free ports."""
    return [free_port() for _ in range(number)]
