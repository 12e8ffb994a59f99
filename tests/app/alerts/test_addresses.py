"""Server-side request forgery: no alert goes to an address that is not public, whatever the name server says and when."""

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.alerts.addresses import Refused, checked, is_public, resolve

INSIDE = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29", "192.0.2.0/24"),
    *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fc00::/7"),
    *("fe80::/10", "fec0::/10", "ff00::/8"),
]


def within(block: str) -> st.SearchStrategy[str]:
    network = ipaddress.ip_network(block)
    return st.integers(0, network.num_addresses - 1).map(lambda n: str(network[n]))


@given(st.sampled_from(INSIDE).flatmap(within))
def test_no_special_block_is_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4).map(str))
def test_no_form_of_an_address_within_an_ipv6_address_opens_it(address: str) -> None:
    number = int(ipaddress.IPv4Address(address))
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | number)
    translated = ipaddress.IPv6Address((0x64FF9B << 96) | number)
    tunnelled = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    assert not any(is_public(str(form)) for form in (mapped, translated, tunnelled))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_public_is_a_global_unicast_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not (address.is_private or address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "fe80::1%eth0", "127.1", "0x7f000001", "2130706433", "1.1.1.1/32"])
def test_what_is_no_plain_address_is_not_public(text: str) -> None:
    assert not is_public(text)


@given(st.lists(st.sampled_from(["1.1.1.1", "8.8.8.8", "10.0.0.1", "::1"]), min_size=1, max_size=4))
def test_one_private_address_among_public_ones_refuses_the_name(addresses: list[str]) -> None:
    if set(addresses) <= {"1.1.1.1", "8.8.8.8"}:
        assert checked("hooks.example", 443, (), lambda _host, _port: addresses) == addresses
    else:
        with pytest.raises(Refused, match="webhook_allow"):
            checked("hooks.example", 443, (), lambda _host, _port: addresses)


def test_a_name_is_resolved_once() -> None:
    answers = itertools.chain([["1.1.1.1"]], itertools.repeat(["127.0.0.1"]))
    assert checked("rebinding.example", 443, (), lambda _host, _port: next(answers)) == ["1.1.1.1"]


def test_a_listed_host_may_be_private_and_no_other() -> None:
    assert checked("hooks.internal", 443, ("hooks.internal",), lambda _host, _port: ["10.1.2.3"]) == ["10.1.2.3"]
    with pytest.raises(Refused):
        checked("x.hooks.internal", 443, ("hooks.internal",), lambda _host, _port: ["10.1.2.3"])


@pytest.mark.parametrize("spelling", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "::1"])
def test_every_spelling_of_loopback_is_refused_by_the_systems_own_resolver(spelling: str) -> None:
    with pytest.raises(Refused):
        checked(spelling, 443, (), resolve)
