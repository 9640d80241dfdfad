"""The chaos harness's wire does what its account says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.wire import Wire, wire


@pytest.fixture
def echo() -> Iterator[str]:
    """host:port of a server that sends back what it gets, one connection at a time."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(10)

    def serve() -> None:
        for _ in range(2):
            try:
                near, _ = listening.accept()
            except OSError:
                return
            with near:
                while piece := near.recv(1024):
                    near.sendall(piece)

    thread = threading.Thread(target=serve)
    thread.start()
    host, port = listening.getsockname()
    yield f"{host}:{port}"
    listening.shutdown(socket.SHUT_RDWR)  # wakes who accepts
    thread.join(10)
    listening.close()


def _connected(carrying: Wire) -> socket.socket:
    host, _, port = carrying.address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def _is_broken(connection: socket.socket) -> bool:
    try:
        return connection.recv(10) == b""
    except ConnectionError:
        return True


def test_it_carries_until_it_is_cut_and_then_anew(echo: str) -> None:
    """Both ways; a cut connection ends, and the next one is taken."""
    with wire(echo) as carrying:
        with _connected(carrying) as first:
            first.sendall(b"one")
            assert first.recv(10) == b"one"
            assert carrying.connections == 1
            carrying.cut()
            assert _is_broken(first)
        with _connected(carrying) as second:
            second.sendall(b"two")
            assert second.recv(10) == b"two"
            second.shutdown(socket.SHUT_WR)
            assert second.recv(10) == b""


def test_what_is_held_comes_later_and_whole(echo: str) -> None:
    """Nothing is lost while nothing flows."""
    with wire(echo) as carrying, _connected(carrying) as near:
        carrying.hold(0.2)
        near.sendall(b"later")
        assert near.recv(10) == b"later"
