"""Which addresses a chat may have: those of the public internet, unless private ones are allowed.

Who may write a configuration must not reach what only the pod can: its own ports, the metadata
service of the cloud, the network behind it.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

Resolved = tuple[int, tuple[Any, ...]]  # family, address as the socket module has it

# public by its number, and answered by the host that the machine runs on
_METADATA = frozenset({ip_address("168.63.129.16")})
_PROTOCOL_ASSIGNMENTS = ip_network("192.0.0.0/24")  # among them the metadata service of Oracle
_IPV4_IN_IPV6 = (
    (ip_network("::/96"), 0),  # IPv4-compatible
    (ip_network("::ffff:0:0/96"), 0),  # IPv4-mapped
    (ip_network("64:ff9b::/96"), 0),  # NAT64
    (ip_network("2002::/16"), 80),  # 6to4
)


def is_public(address: str) -> bool:
    """Tell whether *address* belongs to anybody on the public internet.

    Parameters
    ----------
    address
        IPv4 or IPv6, also with a scope; an IPv6 address that stands for an IPv4 one is judged by
        that.

    Returns
    -------
    bool
        False for loopback, private, link-local, metadata, multicast and unspecified ones.

    Examples
    --------
    >>> [is_public(one) for one in ("8.8.8.8", "10.1.2.3", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    found = _behind(ip_address(address))
    if found in _METADATA or (found.version == 4 and found in _PROTOCOL_ASSIGNMENTS):
        return False
    if found.version == 6 and found.is_site_local:
        return False
    return found.is_global and not found.is_multicast and not found.is_unspecified


def resolve(host: str, port: int, timeout_seconds: float) -> list[Resolved]:
    """Return the addresses of *host* in the order in which they are to be tried.

    Raises
    ------
    OSError
        There is none, or no answer within the time; a resolver that hangs is left alone.
    """
    found: list[Resolved] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend((family, address) for family, _, _, _, address in answers)

    asking = threading.Thread(target=ask, name="resolve", daemon=True)
    asking.start()
    asking.join(timeout_seconds)
    if asking.is_alive():
        raise TimeoutError
    if not found:
        raise socket.gaierror(socket.EAI_NONAME, "no address")
    return found


def _behind(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if address.version == 4 or address.is_loopback or address.is_unspecified:
        return address
    for network, shift in _IPV4_IN_IPV6:
        if IPv6Address(int(address)) in network:
            return IPv4Address(int(address) >> shift & 0xFFFF_FFFF)
    return address
