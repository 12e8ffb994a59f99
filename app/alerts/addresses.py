"""Which network addresses an alert may be sent to: public ones, unless the operator lists the host.

A URL in a settings file, or the name server of its host, must not make Clew speak to machines behind the firewall (server-side
request forgery; OWASP SSRF Prevention Cheat Sheet). A name is resolved once, every address it has is judged, and the connection goes
to the very address that was judged: a name that answers differently a moment later (DNS rebinding) changes nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from graph.errors import DataRefused

Resolve = Callable[[str, int], Sequence[str]]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # the only block from which IPv6 addresses of the public internet are given out
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))  # 6to4, Teredo: they hold an IPv4 address


class Refused(DataRefused):
    """An address that no alert is sent to."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, in the order of the system's preference. Raises OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether `address` is one machine of the public internet: no loopback, link-local, private, shared, multicast, unspecified,
    reserved, documentation, IPv4-mapped or tunnelled address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return True
    return found in _GLOBAL_UNICAST and not any(found in block for block in _TUNNELS)


def checked(host: str, port: int, listed: Sequence[str], resolve: Resolve = resolve) -> list[str]:
    """The addresses to connect to for `host`; of a host in `listed` whatever they are. Resolves once.

    Raises Refused when any of them is not public, OSError when the name cannot be resolved.
    """
    addresses = list(resolve(host, port))
    if not addresses:
        raise OSError(f"{host}: has no address")
    if host in listed:
        return addresses
    if wrong := [address for address in addresses if not is_public(address)]:
        raise Refused(f"{host}: is {wrong[0]}, no public address. If alerts shall go there, list the host in [alerts] webhook_allow.")
    return addresses
