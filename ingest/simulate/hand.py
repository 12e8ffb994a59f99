"""What one hand decides once for its pool, and how its accounts look from outside: machines, addresses, papers."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import billing, clients, enrolment, identities
from ingest.simulate.campaigns import Pool
from ingest.simulate.identities import Cards
from ingest.simulate.prompts import Keys, mix
from ingest.simulate.scene import DAY, HOUR, MINUTE, Ints, Scene
from ingest.simulate.tenure import Tenure

_HOSTED_NETS = 4  # most /48 ranges of a pool
_PER_EXIT = 150  # most accounts of a pool behind a shared exit, on average
_PROXY_EXITS = 1_000_000  # of the residential proxy network that all pools rent from
_KNOWN_HOMES = 8  # one in so many hours runs through the home of an account of this world


@dataclass(frozen=True)
class Operator:
    """`salt` is the seed of every choice that hangs on the operator alone; `rebuilt` the one of its pool after a ban of all of it."""

    number: int
    salt: int
    rebuilt: int
    zone: float
    first: int  # microseconds since START
    last: int
    homes: Ints  # addresses of real households that a residential proxy network rents out


def operator(scene: Scene, rng: np.random.Generator, number: int, pool: Pool, homes: Ints) -> Operator:
    """Draw the operator of pool `number`; `homes` are addresses of ordinary households."""
    first = min(int(aim.start * scene.end) for aim in pool.aims)
    last = max(int(min(1.0, aim.start + aim.length) * scene.end) for aim in pool.aims)
    zone = float(rng.choice(identities.ZONES))
    rented = rng.choice(homes, min(len(homes), pool.accounts)) if len(homes) else homes
    salt = int(rng.integers(1 << 40))
    rebuilt = int(rng.integers(1 << 40)) if pool.rebuilt and pool.bans == "all" else salt
    return Operator(number, salt, rebuilt, zone, first, last, rented)


def machines(rng: np.random.Generator, pool: Pool, accounts: int) -> tuple[NDArray[np.int16], Ints]:
    """Client and upgrade lag of each account; in lock-step all lags lie within minutes, whatever the fingerprints."""
    if pool.client == "odd":
        client = np.full(accounts, clients.ODD[int(rng.integers(len(clients.ODD)))], np.int16)
    elif pool.client == "api":
        client = np.full(accounts, clients.API[int(rng.integers(len(clients.API)))], np.int16)
    else:
        client = clients.choose(rng, accounts)
    return client, clients.lock_step(rng, accounts) if pool.lock_step else clients.lags(rng, client)


def countries(hand: Operator, accounts: int) -> Ints:
    """The country that each account claims; its household proxy is there too."""
    return identities.countries(np.random.default_rng(hand.salt + 1), accounts)


def addresses(pool: Pool, hand: Operator, many: int, account: Ints, at: Ints, conversation: Keys) -> Ints:
    """Where each request comes from, `many` accounts in all; those that replaced a banned pool may have other exits."""
    found = _addresses(pool, hand, many, account, at, conversation)
    if hand.rebuilt == hand.salt:
        return found
    return np.where(account < pool.accounts, found, _addresses(pool, replace(hand, salt=hand.rebuilt), many, account, at, conversation))


def _addresses(pool: Pool, hand: Operator, many: int, account: Ints, at: Ints, conversation: Keys) -> Ints:
    rng = np.random.default_rng(hand.salt)
    own = mix(account.astype(np.uint64), hand.salt)
    if pool.addresses == "exits":
        exits = identities.hosting_addresses(rng, max(int(rng.integers(2, 7)), many // _PER_EXIT), 2)
        return exits[(mix(conversation, 81) % np.uint64(len(exits))).astype(np.int64)]
    if pool.addresses == "vpn":
        exits = identities.vpn_exits(int(rng.integers(0, 4)), 14)
        return exits[(mix(conversation, 82) % np.uint64(len(exits))).astype(np.int64)]
    if pool.addresses == "datacentre":
        return identities.hosting_addresses(rng, many, max(2, many // 60))[account]
    if pool.addresses == "v6":
        return identities.hosted_v6(own, hand.salt, at // DAY, int(rng.integers(1, _HOSTED_NETS + 1)))
    if pool.addresses == "proxy":
        return identities.home_addresses(own, at // (12 * DAY), countries(hand, many)[account], at // DAY)
    hour = (at + (own % np.uint64(HOUR)).astype(np.int64)) // HOUR
    exit_node = mix(own, hour.astype(np.uint64))
    rented = identities.home_addresses(exit_node % np.uint64(_PROXY_EXITS), at * 0, countries(hand, many)[account], at // DAY)
    known = hand.homes[(exit_node % np.uint64(max(1, len(hand.homes)))).astype(np.int64)] if len(hand.homes) else rented
    return np.where(mix(exit_node, 83) % np.uint64(_KNOWN_HOMES) == 0, known, rented)


def opened(rng: np.random.Generator, pool: Pool, hand: Operator, places: Tenure) -> Ints:
    """When each account was opened; successors shortly before they take their place."""
    many = len(places.banned)
    if pool.signup == "burst":
        wave = hand.first - rng.integers(8 * HOUR, 5 * DAY, int(rng.integers(1, 4)))
        created = rng.choice(wave, many) + rng.integers(0, 2 * HOUR, many)
    elif pool.signup in ("spread", "drip"):
        created = hand.first - rng.integers(HOUR, 40 * DAY, many)
    else:
        created = hand.first - HOUR - (rng.exponential(220, many) * DAY).astype(np.int64)
    created = np.where(places.begins > 0, places.begins - rng.integers(5 * MINUTE, 8 * HOUR, many), created)
    later = np.flatnonzero(places.successor >= 0)
    every = np.concatenate([created, np.zeros(places.accounts - many, np.int64)])
    every[places.successor[later]] = places.opened[later] - rng.integers(2 * MINUTE, 10 * MINUTE, len(later))
    return every


@dataclass(frozen=True)
class Papers:
    """What the accounts of a pool say of themselves."""

    email: NDArray[np.str_]
    cards: Cards
    bills: billing.Billing
    phone: NDArray[np.str_]


def papers(pool: Pool, hand: Operator, count: int) -> Papers:
    """Mail, cards, bills and telephones of `count` accounts; drawn anew for the successors where the pool was rebuilt."""
    before = _papers(pool, hand.salt, count)
    if hand.rebuilt == hand.salt:
        return before
    after, old = _papers(pool, hand.rebuilt, count), np.arange(count) < pool.accounts
    return Papers(
        np.where(old, before.email, after.email),
        Cards(np.where(old, before.cards.fingerprint, after.cards.fingerprint), np.where(old, before.cards.bin, after.cards.bin)),
        billing.Billing(np.where(old, before.bills.name, after.bills.name), np.where(old, before.bills.address, after.bills.address)),
        np.where(old, before.phone, after.phone),
    )


def _papers(pool: Pool, salt: int, count: int) -> Papers:
    rng = np.random.default_rng([salt, 5])
    email, cards = _mail(rng, pool, count), _cards(rng, pool, count)
    return Papers(email, cards, billing.of_one_hand(rng, pool.billing, cards.fingerprint, salt), _phones(rng, pool, count, salt))


def _phones(rng: np.random.Generator, pool: Pool, count: int, salt: int) -> NDArray[np.str_]:
    """People's, or numbers bought in blocks: most of few runs of a thousand."""
    usual = enrolment.phones(mix(np.arange(count).astype(np.uint64), salt + 2))
    if pool.phones == "ordinary":
        return usual
    blocks = rng.integers(0, 9_990, max(1, -(-count // 400)))
    number = rng.choice(blocks, count) * 1_000 + rng.integers(0, 1_000, count)
    bought = np.char.add("+1555", np.char.zfill(number.astype(str), 7))
    return np.where(rng.random(count) < 0.9, bought, usual)


def _mail(rng: np.random.Generator, pool: Pool, count: int) -> NDArray[np.str_]:
    if pool.mail == "disposable":
        domains = tuple(rng.choice(np.array(identities.DISPOSABLE), int(rng.integers(1, 4)), replace=False))
        return identities.random_emails(rng, count, domains)
    if pool.mail == "pattern":
        return identities.patterned_emails(rng, count, identities.MAIL[int(rng.integers(3))])
    if pool.mail == "domain":
        return identities.emails(rng, count, (f"mx{int(rng.integers(100, 999))}.example", f"post{int(rng.integers(100, 999))}.example"))
    return identities.ordinary_emails(rng, count)


def _cards(rng: np.random.Generator, pool: Pool, count: int) -> Cards:
    if pool.cards == "shared":
        deck = rng.integers(1, 1 << 63, max(1, count // int(rng.integers(8, 25)))).astype(np.uint64)
        fingerprint = rng.choice(deck, count)
        return Cards(fingerprint, identities.bins_of(fingerprint))
    if pool.cards == "bin":
        bins = rng.choice(np.array(identities.VIRTUAL_BINS), int(rng.integers(1, 3)), replace=False)
        return Cards(rng.integers(1, 1 << 63, count).astype(np.uint64), rng.choice(bins, count))
    return identities.ordinary_cards(rng, count, 0.7 if pool.cards == "unique" else 0.0)
