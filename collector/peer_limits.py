"""How many requests each peer may make."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_PEERS = 10_000  # that are remembered; who is forgotten begins anew
BURST_SECONDS = 10
_PREFIX_BITS = 64  # a network of IPv6 is one peer


class PeerLimits:
    """Lets each peer make *per_second* requests in the long run, and ten times as many at once.

    For one thread.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = per_second * BURST_SECONDS
        self._clock = clock
        self._peers: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def allow(self, address: str) -> bool:
        """Tell whether the peer may make one more request now."""
        peer = _peer(address) if ":" in address else address
        now = self._clock()
        tokens, at = self._peers.pop(peer, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        is_allowed = tokens >= 1
        self._peers[peer] = (tokens - is_allowed, now)
        if len(self._peers) > MOST_PEERS:
            self._peers.popitem(last=False)
        return is_allowed


def _peer(address: str) -> str:
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _PREFIX_BITS), strict=False))
