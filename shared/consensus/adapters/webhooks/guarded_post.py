"""A POST to an address that an operator wrote down, and to no other place that it may lead to.

Names are looked up here, once, and every address that they have is judged before the connection is
made to one of those very addresses: whoever answers for the name cannot send us elsewhere between
the look and the call. Redirects are not followed, no proxy is used, no body is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import httpcore2

SECONDS: Final = 10.0  # for all of it, from the look-up to the status
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # an IPv4 address within an IPv6 one
# Reserved, which not every version of Python knows; in the first a cloud keeps its metadata.
_RESERVED: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "3fff::/20")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """It could not be asked; the message says why, and holds nothing that is secret."""


async def post(url: str, headers: Mapping[str, str], body: bytes, *, loopback: bool) -> int:
    """The status of its answer. loopback: it is on this machine, and nowhere else.

    Raises Unreachable.
    """
    backend = _GuardedBackend(loopback=loopback)
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpcore2.AsyncConnectionPool(_tls(), network_backend=backend) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            return response.status
    except TimeoutError:
        raise Unreachable(f"no answer within {SECONDS:g} s") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        raise Unreachable(f"no connection: {str(error)[:200] or type(error).__name__}") from None


def may_connect(address: Address, *, loopback: bool) -> bool:
    """Whether the address is one of the public Internet, or, for loopback, of this machine alone.

    Private, link-local (where clouds keep their metadata), shared, reserved and multicast ones are
    none, also where an IPv6 address only wraps them.
    """
    inner = [address, *_wrapped(address)]
    if loopback:
        return inner[-1].is_loopback
    return all(map(_is_public, inner))


def _is_public(address: Address) -> bool:
    reserved = any(address in network for network in _RESERVED)
    return address.is_global and not address.is_multicast and not reserved


def _wrapped(address: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


class _GuardedBackend(httpcore2.AnyIOBackend):
    """Connections to addresses that were judged."""

    def __init__(self, *, loopback: bool) -> None:
        self._loopback = loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the first of the host's addresses that takes one."""
        failed: httpcore2.NetworkError | None = None
        for address in await self._judged(host, port):
            try:
                return await super().connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore2.NetworkError as error:
                failed = error
        raise failed or httpcore2.ConnectError("the name has no address")

    async def _judged(self, host: str, port: int) -> list[Address]:
        """Its addresses, if all of them may be connected to."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError) as error:  # the second for what can be no name
            why = getattr(error, "strerror", None) or "it can be no name"
            raise httpcore2.ConnectError(f"the name cannot be looked up ({why})") from None
        named = dict.fromkeys(str(of[4][0]).partition("%")[0] for of in found)
        addresses = [ipaddress.ip_address(name) for name in named]
        if not all(may_connect(address, loopback=self._loopback) for address in addresses):
            where = "beyond this machine" if self._loopback else "in a private or reserved network"
            raise httpcore2.ConnectError(f"the name leads to an address {where}")
        return addresses


@lru_cache
def _tls() -> ssl.SSLContext:
    """Read once: it takes some 20 ms."""
    return httpcore2.default_ssl_context()
