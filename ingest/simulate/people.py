"""Ordinary people: who they are and what they send. Look-alikes are people with a few traits changed."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import calendar, clients, identities, timing
from ingest.simulate.identities import Cards
from ingest.simulate.prompts import Keys, Source, mix
from ingest.simulate.scene import (
    DAY,
    FAILED,
    FORBIDDEN,
    LIMITED,
    NEWEST,
    OK,
    Floats,
    Ints,
    Scene,
    exchanges,
)

HOME, MOBILE, VPN, OFFICE = range(4)
_CARRIER_EXITS, _VPN_EXITS = 24, 14
_LANGUAGES = ("en", "zh", "es", "ja", "de", "fr", "pt", "ru")
_LANGUAGE_SHARES = np.array([64, 8, 7, 5, 5, 4, 4, 3]) / 100
PUBLIC_FOCUSES, PUBLIC_SCAFFOLD = ("analyst", "coding", "rubric", "reasoning", "agentic"), 20_260_803
_REAL_KINDS = ("benign_user", "benign_persona", "seed_tasks", "benchmark", "zh_persona", "zh_benchmark")


@dataclass(frozen=True)
class Voice:
    """The sources that people draw on: by language, for code, for follow-ups, small talk, and real prompts where given."""

    asks: NDArray[np.int16]
    code: int
    long: int
    document: int
    followup: int
    chatter: int
    public: NDArray[np.int16]  # templates that anyone finds on the web, campaigns too
    real: int | None


@dataclass(frozen=True)
class People:
    """Traits, one entry a person; arrays, so that a look-alike is `replace(people, rate=…)`."""

    key: Keys  # private seed of address, content, sessions
    rate: Floats  # sessions a day
    turns: Floats  # exchanges a session
    gap: Floats  # seconds between them
    rhythm: NDArray[np.int8]
    zone: Floats
    created: Ints
    networks: Floats  # people × (home, mobile, vpn, office): share of sessions from each
    carrier: Ints  # first address of the exits this person meets, and how many
    carrier_exits: Ints
    vpn: Ints
    office: Ints
    office_after: Ints  # the address behind which they work once the office has moved
    moves: Ints
    lease: Floats  # days between changes of the home address
    client: NDArray[np.int16]
    second: NDArray[np.int16]  # client of about a third of the sessions
    lag: Ints
    language: Ints
    code: Floats  # share of sessions about code
    verbose: Floats  # share of sessions with long pasted material
    output: Floats  # log of the typical output, in tokens
    source: NDArray[np.int16]  # a source of their own for `own` of the sessions; -1 for none
    own: Floats
    model: NDArray[np.int8]
    adopts: Floats  # days after its release at which the newest model is taken up
    country: Ints
    cards: Cards
    email: NDArray[np.str_]
    program: NDArray[np.str_]
    org: NDArray[np.str_]

    @property
    def count(self) -> int:
        return len(self.key)


def voice(scene: Scene) -> Voice:
    """Register the sources of ordinary wording in the scene's library."""
    add = scene.library.add
    asks = np.array([add(Source(f"ask.{language}")) for language in _LANGUAGES], np.int16)
    texts = tuple(text for kind in _REAL_KINDS for text in scene.library.real.get(kind, ()))
    real = add(Source("texts", texts=texts)) if texts else None
    public = np.array([add(Source(f"focus.{focus}", scaffold=PUBLIC_SCAFFOLD)) for focus in PUBLIC_FOCUSES], np.int16)
    return Voice(
        asks,
        add(Source("ask.code")),
        add(Source("ask.long")),
        add(Source("ask.document")),
        add(Source("followup")),
        add(Source("chatter")),
        public,
        real,
    )


def draw(scene: Scene, rng: np.random.Generator, count: int) -> People:
    """`count` ordinary people."""
    country = identities.countries(rng, count)
    client, key = clients.choose(rng, count), rng.integers(0, 1 << 63, count).astype(np.uint64)
    api = np.isin(client, clients.API) | (client >= clients.INDEX["harness-otter"])
    rate = np.clip(rng.lognormal(np.log(0.133), 1.3, count) * np.where(api, 1.6, 1.0), 0, 25) * scene.busy
    eager = rng.random(count) * np.clip(rate, 0, 1.5)  # who asks much also pastes much
    return People(
        key=key,
        rate=rate,
        turns=np.clip(rng.lognormal(np.log(2.2), 0.55, count) * np.where(api, 1.8, 1.0), 1, 25),
        gap=np.where(api, 14.0, 70.0) * rng.lognormal(0, 0.4, count),
        rhythm=rng.choice(5, count, p=[0.3, 0.4, 0.18, 0.09, 0.03]).astype(np.int8),
        zone=identities.ZONES[country] + rng.choice([0, 0, 0, 1, -1], count),
        created=_created(scene, rng, count),
        **_networks(rng, key, country),
        client=client,
        second=np.where(rng.random(count) < 0.45, client, clients.choose(rng, count)).astype(np.int16),
        lag=clients.lags(rng, client),
        language=np.where(rng.random(count) < 0.55, 0, rng.choice(len(_LANGUAGES), count, p=_LANGUAGE_SHARES)),
        code=np.where(api, 0.7, rng.choice([0.0, 0.1, 0.5], count, p=[0.6, 0.25, 0.15])),
        verbose=np.clip(rng.beta(0.3, 2.0, count) + np.where(api, 0.35, 0.0) + 0.6 * eager, 0, 0.95),
        output=rng.normal(5.0, 0.6, count) + np.where(api, 0.6, 0.0),
        source=np.full(count, -1, np.int16),
        own=np.zeros(count),
        model=rng.choice(2, count, p=[0.55, 0.45]).astype(np.int8),
        adopts=rng.exponential(14, count),
        country=country,
        cards=identities.ordinary_cards(rng, count, 0.55, country),
        email=identities.ordinary_emails(rng, count),
        program=rng.choice(np.array(["", *identities.PROGRAMS]), count, p=[0.9, 0.06, 0.015, 0.025]),
        org=np.full(count, "", "<U16"),
    )


def _created(scene: Scene, rng: np.random.Generator, count: int) -> Ints:
    """Most accounts are old; about one in seven is opened during the days of the world."""
    old = -(rng.exponential(220, count) * DAY).astype(np.int64)
    new = (rng.random(count) * scene.end).astype(np.int64)
    return np.where(rng.random(count) < 0.14, new, old)


def _networks(rng: np.random.Generator, key: Keys, country: Ints) -> dict[str, Any]:
    count = len(key)
    mobile = rng.beta(0.5, 1.2, count)
    vpn = np.where(rng.random(count) < 0.06, rng.random(count), 0.0)
    share = np.stack([np.full(count, 0.8), mobile, vpn, np.zeros(count)], axis=1)
    return {
        "networks": share / share.sum(axis=1, keepdims=True),
        "carrier": identities.carriers(key, country),
        "carrier_exits": np.full(count, _CARRIER_EXITS),
        "vpn": np.array([identities.vpn_exits(p, 1)[0] for p in range(4)])[rng.integers(0, 4, count)],
        "office": np.zeros(count, np.int64),
        "office_after": np.zeros(count, np.int64),
        "moves": np.full(count, np.iinfo(np.int64).max),
        "lease": rng.lognormal(np.log(20), 1.0, count),
    }


@dataclass(frozen=True)
class Sessions:
    """Conversations to unfold, one entry each; `first_source`, `first_key` say what opens them."""

    person: Ints
    start: Ints
    length: Ints
    ip: Ints
    first_source: NDArray[np.int16]
    first_key: Keys


def traffic(scene: Scene, rng: np.random.Generator, people: People, speech: Voice) -> pl.DataFrame:
    """All exchanges of `people` over the scene's days (frame EXCHANGE)."""
    engaged = calendar.activity(scene, rng, people.country, people.rhythm, people.created)
    counts = timing.session_counts(rng, people.rate, people.rhythm, engaged)
    person, start = timing.session_starts(rng, counts, people.rhythm, people.zone)
    length = timing.turns(rng, people.turns[person])
    source, key = _openings(rng, people, person, speech)
    return unfold(scene, rng, people, Sessions(person, start, length, addresses(rng, people, person, start), source, key), speech)


def unfold(scene: Scene, rng: np.random.Generator, people: People, sessions: Sessions, speech: Voice) -> pl.DataFrame:
    """Sessions to exchanges, those before the account or outside the scene left out (frame EXCHANGE)."""
    person, first = sessions.person, sessions.first_source
    session, turn, at = timing.unroll(rng, sessions.start, sessions.length, people.gap[person])
    who, number = person[session], (sessions.start.astype(np.uint64))[session]
    client = np.where(rng.random(len(person)) < 0.3, people.second[person], people.client[person]).astype(np.int16)[session]
    frame = exchanges(
        account=who,
        at=at,
        ip=sessions.ip[session],
        client=client,
        release=clients.release_at(client, at, people.lag[who]),
        session=mix(people.key[who], number, 41),
        model=models(scene, people, who, at),
        status=statuses(rng, len(at)),
        **tokens(rng, turn, people.output[who]),
        source=np.where(turn == 0, first[session], _follow(rng, speech, first[session])),
        key=np.where(turn == 0, sessions.first_key[session], mix(people.key[who], number, turn.astype(np.uint64))),
    )
    return frame.filter(pl.Series((at >= np.maximum(people.created[who], 0)) & (at < scene.end)))


def _openings(rng: np.random.Generator, people: People, person: Ints, speech: Voice) -> tuple[NDArray[np.int16], Keys]:
    """Source and key of each session's first prompt: private mostly, popular texts and small talk now and then."""
    source = np.where(rng.random(len(person)) < people.code[person], speech.code, speech.asks[people.language[person]])
    pasted = rng.random(len(person)) < people.verbose[person]
    source = np.where(pasted, np.where(rng.random(len(person)) < 0.45, speech.document, speech.long), source)
    key = rng.integers(0, 1 << 63, len(person)).astype(np.uint64)
    popular = rng.random(len(person)) < 0.04
    key[popular] = np.minimum(rng.zipf(1.25, int(popular.sum())), 1_000_000).astype(np.uint64)
    source = np.where(rng.random(len(person)) < 0.05, speech.chatter, source)
    public = rng.random(len(person)) < 0.004
    source = np.where(public, rng.choice(speech.public, len(person)), source)
    if speech.real is not None:
        real = rng.random(len(person)) < 0.35
        source = np.where(real, speech.real, source)
        key[real] = np.minimum(rng.zipf(1.15, int(real.sum())), 1_000_000).astype(np.uint64)
    own = rng.random(len(person)) < people.own[person]
    return np.where(own, people.source[person], source).astype(np.int16), key


def _follow(rng: np.random.Generator, speech: Voice, first: NDArray[np.int16]) -> NDArray[np.int16]:
    """Later turns: a follow-up, or in half the cases a further request of the same kind (texts that are exact stay first)."""
    exact = (first == speech.chatter) | (first == (-1 if speech.real is None else speech.real))
    return np.where(
        exact | (rng.random(len(first)) < np.where((first == speech.long) | (first == speech.document), 0.2, 0.5)), speech.followup, first
    ).astype(np.int16)


def addresses(rng: np.random.Generator, people: People, person: Ints, at: Ints) -> Ints:
    """The address of each session: home, a carrier's exit, a VPN's exit or the office."""
    chance = rng.random(len(person))
    network = (chance[:, None] >= np.cumsum(people.networks[person], axis=1)).sum(axis=1)
    lease = (people.lease[person] * DAY).astype(np.int64)
    phase = (mix(people.key[person], 51) % np.uint64(1 << 40)).astype(np.int64)
    home = identities.home_addresses(people.key[person], (at + phase) // lease, people.country[person], at // DAY)
    carrier = people.carrier[person] + rng.integers(0, 1 << 30, len(person)) % people.carrier_exits[person]
    vpn = people.vpn[person] + rng.integers(0, _VPN_EXITS, len(person))
    office = np.where(at >= people.moves[person], people.office_after[person], people.office[person])
    office = identities.inside(office, people.key[person], at // DAY)
    return np.select([network == HOME, network == MOBILE, network == VPN], [home, carrier, vpn], office)


def models(scene: Scene, people: People, who: Ints, at: Ints) -> NDArray[np.int8]:
    """The model of each exchange: a habit, and the newest some days after its release."""
    taken = at >= ((scene.release_day + people.adopts[who]) * DAY).astype(np.int64)
    return np.where(taken & (people.model[who] > 0), NEWEST, people.model[who]).astype(np.int8)


def statuses(rng: np.random.Generator, count: int, limited: float = 0.006) -> NDArray[np.int8]:
    """Answers: mostly fine, `limited` of them 429, a few 500, now and then a refusal."""
    chance = rng.random(count)
    steps = [chance < limited, chance < limited + 0.004, chance < limited + 0.0044]
    return np.select(steps, [LIMITED, FAILED, FORBIDDEN], OK).astype(np.int8)


def tokens(rng: np.random.Generator, turn: Ints, output: Floats) -> dict[str, NDArray[np.float64]]:
    """Token counts beside the prompt itself; log-normal, with the spread of a public one-hour service trace about `output`."""
    context = rng.lognormal(5.2, 1.0, len(turn)) * (1 + turn)
    return {"input_tokens": np.minimum(context, 200_000), "output_tokens": rng.lognormal(output, 0.85, len(turn))}


def at_office(people: People, office: Ints, share: float) -> People:
    """The same people with `share` of their sessions from the office address."""
    networks = people.networks * (1 - share)
    networks[:, OFFICE] = share
    return replace(people, office=office, networks=networks)
