"""Who accounts claim to be: names, mail, cards, addresses. Mail lives under reserved domains, so that it is nobody's;
home addresses come from blocks that serve no households; hosting addresses from blocks that public lists call hosting.
Providers, carriers and card issuers belong to a country, a few of them large.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import prompts
from ingest.simulate.billing import FIRST, LAST_A, LAST_B, Billing
from ingest.simulate.prompts import Keys, mix
from ingest.simulate.scene import DAY, PAYMENT, Floats, Ints

MAIL = tuple(f"{name}.example" for name in ("postmail", "outbox", "yonder", "cloudmail", "proteus", "qmail", "web", "mailru"))
_MAIL_SHARES = np.array([52, 16, 9, 9, 5, 4, 3, 2]) / 100
DISPOSABLE = ("mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "trashmail.com", "temp-mail.org", "sharklasers.com")

COUNTRIES = ("US", "IN", "BR", "GB", "DE", "FR", "JP", "CA", "MX", "ID", "KR", "ES", "PL", "NL", "TR", "AU")
_COUNTRY_SHARES = np.array([26, 12, 7, 7, 7, 6, 6, 5, 4, 4, 3, 3, 3, 3, 2, 2]) / 100
ZONES = np.array([-6, 5.5, -3, 1, 2, 2, 9, -5, -6, 7, 9, 2, 2, 2, 3, 10])

_HOME_BLOCKS = np.array([(o << 24) | (b << 16) for o in (11, 21, 22, 26, 28, 29, 30, 33) for b in range(0, 240, 6)], np.int64)
_PROVIDERS = len(_HOME_BLOCKS) // len(COUNTRIES)  # of a country
_CARRIERS = 2  # of a country
_HOSTING_BLOCKS = np.array(
    [(5 << 24) | (9 << 16), (51 << 24) | (15 << 16), (95 << 24) | (216 << 16), (159 << 24) | (65 << 16), (167 << 24) | (99 << 16)], np.int64
)
_V6 = 1 << 32  # flag; below it /48 and subnet of 2001:db8::/32, above it 28 bits of the host
_V6_HOST = 33
_V6_OF_PROVIDER, _V6_HOSTED = 200, 64_000  # /48 networks of each provider; the first of hosting firms

_BINS = np.array([f"4{i:05d}" for i in range(21007, 21007 + 37 * 60, 37)] + [f"5{i:05d}" for i in range(30011, 30011 + 53 * 40, 53)])
VIRTUAL_BINS = tuple(f"4{i}" for i in (40393, 40871, 55740, 55911, 17088, 13601))
PROGRAMS = ("education", "research", "startup")


@dataclass(frozen=True)
class Cards:
    """A payment card for each account: 0 where it pays nothing."""

    fingerprint: Keys
    bin: NDArray[np.str_]


def emails(rng: np.random.Generator, count: int, domains: tuple[str, ...] = MAIL) -> NDArray[np.str_]:
    """Mail addresses in the common patterns; `domains` beside the ordinary ones are drawn evenly."""
    shares = _MAIL_SHARES if domains == MAIL else np.full(len(domains), 1 / len(domains))
    domain = rng.choice(np.array(domains), count, p=shares)
    first, last = rng.choice(FIRST, count), np.char.add(rng.choice(LAST_A, count), rng.choice(LAST_B, count))
    number = rng.integers(1, 9999, count).astype(str)
    local = np.select(
        [rng.random(count) < p for p in (0.22, 0.3, 0.3, 0.3)],
        [
            np.char.add(np.char.add(first, "."), last),
            np.char.add(np.char.add(first, last), number),
            np.char.add(first.astype("<U1"), last),
            np.char.add(np.char.add(last, "_"), first),
        ],
        np.char.add(np.char.add(np.char.add(first, "."), last), rng.integers(1, 99, count).astype(str)),
    )
    return np.char.add(np.char.add(local, "@"), domain)


def ordinary_emails(rng: np.random.Generator, count: int) -> NDArray[np.str_]:
    """People's addresses: large providers mostly, one in fourteen at a domain of their own, one in a hundred throwaway."""
    usual = emails(rng, count)
    local = np.char.partition(usual, "@")[:, 0]
    own = prompts.coined(rng.integers(0, 1 << 62, count).astype(np.uint64)).str.to_lowercase().to_numpy().astype(np.str_)
    private = np.char.add(np.char.add(np.char.add(local, "@"), own), ".example")
    chance = rng.random(count)
    return np.asarray(np.select([chance < 0.07, chance < 0.08], [private, random_emails(rng, count, DISPOSABLE)], usual), np.str_)


def patterned_emails(rng: np.random.Generator, count: int, domain: str) -> NDArray[np.str_]:
    """Addresses made by a program: one shape, first name and a run of digits."""
    digits = rng.integers(10_000, 99_999, count).astype(str)
    return np.char.add(np.char.add(rng.choice(FIRST, count), digits), f"@{domain}")


def random_emails(rng: np.random.Generator, count: int, domains: tuple[str, ...]) -> NDArray[np.str_]:
    """Addresses of random letters at throwaway domains."""
    letters = rng.choice(np.array(list("abcdefghijklmnopqrstuvwxyz0123456789")), (count, 10))
    return np.array(["".join(row) + "@" + domain for row, domain in zip(letters, rng.choice(np.array(domains), count), strict=True)])


def countries(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """A row of COUNTRIES for each of `count` people."""
    return rng.choice(len(COUNTRIES), count, p=_COUNTRY_SHARES)


def home_addresses(person: Keys, epoch: Ints, country: Ints, day: Ints | int = 0) -> Ints:
    """The household address of a person in one lease: same provider, another number after a change.

    Where the provider hands out IPv6 (one household in five) the host part changes every day, as privacy extensions make it.
    """
    first = country * _PROVIDERS
    block = first + (_unit(mix(person, 11)) ** 2 * _PROVIDERS).astype(np.int64)  # a few providers serve most
    lease = epoch.astype(np.uint64)
    v4 = _HOME_BLOCKS[block] + (mix(person, lease, 12) & np.uint64(0xFFFF)).astype(np.int64)
    net = block * _V6_OF_PROVIDER + (mix(person, lease, 13) % np.uint64(_V6_OF_PROVIDER)).astype(np.int64)
    subnet = (mix(person, lease, 15) & np.uint64(0xFFFF)).astype(np.int64)
    return np.where(mix(person, 14) % np.uint64(5) == 0, _v6(net, subnet, mix(person, np.asarray(day).astype(np.uint64), 16)), v4)


def inside(network: Ints, person: Keys, day: Ints) -> Ints:
    """The address by which people behind these addresses are seen: their router's own, or in an IPv6 subnet one of theirs each day."""
    host = mix(person, day.astype(np.uint64), 16)
    own = (network & ((1 << _V6_HOST) - 1)) + ((host & np.uint64((1 << 28) - 1)).astype(np.int64) << _V6_HOST)
    return np.asarray(np.where(network >= _V6, own, network), np.int64)


def hosted_v6(account: Keys, salt: int, day: Ints, nets: int) -> Ints:
    """An IPv6 subnet an account in `nets` /48 ranges of one hosting firm; the host part changes every day."""
    number = mix(np.arange(nets).astype(np.uint64), salt, 17) % np.uint64(0x10000 - _V6_HOSTED)
    net = _V6_HOSTED + number[(mix(account, salt, 18) % np.uint64(nets)).astype(np.int64)].astype(np.int64)
    return _v6(net, (mix(account, salt, 19) & np.uint64(0xFFFF)).astype(np.int64), mix(account, day.astype(np.uint64), 20))


def _v6(net: Ints, subnet: Ints, host: Keys) -> Ints:
    return np.asarray(_V6 + (net << 16) + subnet + ((host & np.uint64((1 << 28) - 1)).astype(np.int64) << _V6_HOST), np.int64)


def _unit(key: Keys) -> Floats:
    """Hashes as numbers from 0 to 1."""
    return (key >> np.uint64(11)).astype(np.float64) / (1 << 53)


def carriers(person: Keys, country: Ints) -> Ints:
    """The first exit of the mobile carrier of each person: one of two in the country."""
    number = country * _CARRIERS + (_unit(mix(person, 10)) > 0.65).astype(np.int64)
    return np.asarray(carrier_exits(0, 1)[0] + 256 * number, np.int64)


def carrier_exits(carrier: int, count: int) -> Ints:
    """Addresses behind which a mobile carrier puts thousands of users."""
    return (29 << 24) + (250 << 16) + (carrier << 8) + 8 + np.arange(count)


def vpn_exits(provider: int, count: int) -> Ints:
    """Exit addresses of a commercial VPN, in hosting ranges."""
    return np.asarray(_HOSTING_BLOCKS[provider % len(_HOSTING_BLOCKS)] + (200 + provider) * 256 + 2 + np.arange(count), np.int64)


def hosting_addresses(rng: np.random.Generator, count: int, nets: int) -> Ints:
    """`count` distinct addresses in `nets` /24 networks of hosting ranges."""
    net = rng.choice(_HOSTING_BLOCKS, nets) + rng.choice(np.arange(1, 199), nets, replace=nets > 190) * 256
    host = np.arange(count)
    return np.asarray(net[host % nets] + 2 + (host // nets) % 250, np.int64)


def address_text(addresses: Ints) -> pl.Series:
    """Addresses written out; each distinct one is formatted once."""
    distinct, back = np.unique(addresses, return_inverse=True)
    return pl.Series([_address(int(a)) for a in distinct], dtype=pl.String).gather(back)


def _address(value: int) -> str:
    if value >= _V6:
        host = value >> _V6_HOST
        return f"2001:db8:{value >> 16 & 0xFFFF:x}:{value & 0xFFFF:x}::{(host >> 14) + 1:x}:{(host & 0x3FFF) + 1:x}"
    return f"{value >> 24}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def ordinary_cards(rng: np.random.Generator, count: int, paying: float, country: Ints | int = 0) -> Cards:
    """Unique cards over many issuers; one account in two hundred uses the card of another, one in forty a virtual card."""
    fingerprint = rng.integers(1, 1 << 63, count).astype(np.uint64)
    borrowed = rng.random(count) < 0.005
    fingerprint[borrowed] = rng.choice(fingerprint, int(borrowed.sum()))
    fingerprint[rng.random(count) >= paying] = 0
    return Cards(fingerprint, bins_of(fingerprint, country))


def bins_of(fingerprint: Keys, country: Ints | int = 0) -> NDArray[np.str_]:
    """The issuer's number, which hangs on the card, by the popularity of issuers in the country."""
    weight = 1 / np.arange(1, len(_BINS) + 1) ** 0.7
    rank = np.searchsorted(np.cumsum(weight) / weight.sum(), _unit(mix(fingerprint, 21))).clip(0, len(_BINS) - 1)
    issued = _BINS[(rank + 6 * np.asarray(country)) % len(_BINS)]
    virtual = np.array(VIRTUAL_BINS)[(mix(fingerprint, 22) % np.uint64(len(VIRTUAL_BINS))).astype(np.int64)]
    return np.asarray(np.where(mix(fingerprint, 23) % np.uint64(40) == 0, virtual, issued), np.str_)


def payments(rng: np.random.Generator, cards: Cards, created: Ints, country: Ints, end: int, billing: Billing) -> pl.DataFrame:
    """Monthly and top-up payments of each paying account within the world's days (frame PAYMENT)."""
    paying = np.flatnonzero(cards.fingerprint > 0)
    count = 1 + rng.poisson(0.7, len(paying))
    account = np.repeat(paying, count)
    at = np.maximum(created[account], -5 * DAY) + (rng.random(len(account)) * (end + 5 * DAY)).astype(np.int64)
    keep = at < end
    account, at = account[keep], at[keep]
    columns = {
        "account": account.astype(np.int32),
        "card": cards.fingerprint[account],
        "at": at,
        "card_bin": cards.bin[account],
        "issuer": np.char.add("issuer-", np.char.lower(cards.bin[account].astype("<U3"))),
        "billing_name": billing.name[account],
        "billing_address": billing.address[account],
        "billing_country": np.array(COUNTRIES)[country[account]],
        "amount": rng.choice([5.0, 20.0, 20.0, 20.0, 50.0, 100.0, 200.0], len(account)),
    }
    return pl.DataFrame(columns, schema_overrides=PAYMENT)
