"""How often one may guess: few failures for a user from an address, more from an address in all. Memory is bounded."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

PAIR_FAILURES, ADDRESS_FAILURES = 5, 50
WINDOW_SECONDS = 900.0
MOST_KEPT = 10_000


class Throttle:
    """Counts attempts before they are checked, so that many at once are counted too; a success is taken back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._pairs: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()
        self._addresses: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def wait_seconds(self, user: str, address: str) -> float:
        """Count an attempt; 0 lets it through, else so long must pass first."""
        pair, network = (hash(user), _network(address)), _network(address)
        with self._lock:
            wait = max(self._left(self._pairs, pair, PAIR_FAILURES), self._left(self._addresses, network, ADDRESS_FAILURES))
            if not wait:
                self._count(self._pairs, pair)
                self._count(self._addresses, network)
            return wait

    def succeeded(self, user: str, address: str) -> None:
        """Forget the failures of a user from an address; those of others from there stay."""
        with self._lock:
            self._pairs.pop((hash(user), _network(address)), None)
            failures, until = self._addresses.get(_network(address), (0, 0.0))
            if failures:
                self._addresses[_network(address)] = (failures - 1, until)

    @property
    def kept(self) -> int:
        """Counters in memory."""
        return len(self._pairs) + len(self._addresses)

    def _left(self, counters: OrderedDict[Hashable, tuple[int, float]], key: Hashable, most: int) -> float:
        failures, until = counters.get(key, (0, 0.0))
        return max(0.0, until - self._now()) if failures >= most else 0.0

    def _count(self, counters: OrderedDict[Hashable, tuple[int, float]], key: Hashable) -> None:
        failures, until = counters.pop(key, (0, 0.0))
        counters[key] = (failures + 1 if until > self._now() else 1, self._now() + WINDOW_SECONDS)
        while len(counters) > MOST_KEPT:
            counters.popitem(last=False)  # the one not seen for longest


def _network(address: str) -> str:
    """The address, of IPv6 its /64: one host has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
