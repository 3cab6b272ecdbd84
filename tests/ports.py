"""Ports for servers that tests start."""

import itertools
import os
import socket

_PORTS_EACH = 1_500
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
_FIRST = 20_000 + _WORKER * _PORTS_EACH
_PORTS = itertools.cycle(range(_FIRST, _FIRST + _PORTS_EACH))


def free_port() -> int:
    """Find a port that stays free while the server that will have it is restarted.

    The system gives ports from 32768 on to whoever connects to something; those below it gives to
    nobody, and each worker of a test run has some of its own.
    """
    for port in itertools.islice(_PORTS, _PORTS_EACH):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("every port for tests is taken")
