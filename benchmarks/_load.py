"""A closed-loop load generator: prepared HTTP requests over keep-alive connections.

It is a plain loop around epoll, because the server must be what is measured: a client made of
tasks and streams would be as slow as the server itself.
"""

import asyncio
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_DEADLINE = 120.0
_SILENCE = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """How a server did: requests a second, and how long each request took, in seconds."""

    rate: float
    times: Sequence[float]


def http_post(host: str, port: int, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Write one HTTP/1.1 request as bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def requests_per_second(
    host: str, port: int, requests: Sequence[bytes], *, connections: int, status: int
) -> float:
    """Send every request once over `connections` connections, in a thread; gives the rate.

    Raises:
        RuntimeError: an answer had another status, or none came.
    """
    load = await asyncio.to_thread(
        send_all, host, port, requests, connections=connections, status=status
    )
    return load.rate


def send_all(
    host: str, port: int, requests: Sequence[bytes], *, connections: int, status: int
) -> Load:
    """Send every request once over `connections` connections, the next when one is answered.

    Raises:
        RuntimeError: an answer had another status, or none came.
    """
    queue = iter(requests)
    expected = f"HTTP/1.1 {status} ".encode()
    times: list[float] = []
    clients: list[_Client] = []
    with selectors.DefaultSelector() as selector:
        try:
            for _ in range(min(connections, len(requests))):
                client = _Client(socket.create_connection((host, port), _SILENCE), expected)
                clients.append(client)
                selector.register(client.socket, selectors.EVENT_READ, client)
            started = time.perf_counter()
            for client in clients:
                client.send(queue)
            while len(times) < len(requests):
                ready = selector.select(_SILENCE)
                if not ready or time.perf_counter() - started > _DEADLINE:
                    raise RuntimeError(f"no answer: {len(times)} of {len(requests)} came")
                for key, _ in ready:
                    client = key.data
                    if client.receive():
                        times.append(time.perf_counter() - client.sent_at)
                        client.send(queue)
            rate = len(requests) / (time.perf_counter() - started)
        finally:
            for client in clients:
                client.socket.close()
    return Load(rate, times)


@dataclass(slots=True)
class _Client:
    socket: socket.socket
    expected: bytes
    received: bytes = b""
    sent_at: float = field(default=0.0)

    def send(self, queue: Iterator[bytes]) -> None:
        request = next(queue, None)
        if request is not None:
            self.sent_at = time.perf_counter()
            self.socket.sendall(request)

    def receive(self) -> bool:
        """Read what is there; tells whether the answer is whole."""
        piece = self.socket.recv(65_536)
        self.received += piece
        if not self.received.startswith(self.expected[: len(self.received)]) or not piece:
            raise RuntimeError(f"expected {self.expected!r}, got {self.received[:60]!r}")
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return False
        self.received = b""
        return True


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
