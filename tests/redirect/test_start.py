"""What a worker loads before its first redirect, and how it listens."""

import socket
import subprocess
import sys

from waypost.redirect.server import listening_sockets


def test_a_worker_starts_without_what_only_later_visitors_need() -> None:
    """Whoever scans a code while a worker starts would wait for what their redirect does not use."""
    later = "{'jinja2', 'ua_parser', 'maxminddb', 're2', 'lz4'}"
    look = f"import sys; import waypost.redirect.worker; print(*sorted({later} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


def test_an_address_is_listened_at_with_so_many_sockets_of_which_each_takes_connections() -> None:
    """Were one of them not served, every so many visitors would wait for ever."""
    listeners = listening_sockets("127.0.0.1", 0, of_each=4)
    clients = []
    try:
        assert len({listener.getsockname() for listener in listeners}) == 1
        for listener in listeners:
            listener.setblocking(False)
        waiting = set(range(4))
        while waiting:  # the system draws one of them by the port of the client
            clients.append(socket.create_connection(listeners[0].getsockname(), 5))
            for number in sorted(waiting):
                try:
                    clients.append(listeners[number].accept()[0])
                    waiting.discard(number)
                except BlockingIOError:
                    continue
    finally:
        for each in (*listeners, *clients):
            each.close()
