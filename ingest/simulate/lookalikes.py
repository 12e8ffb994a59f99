"""Groups that share much and hide nothing: every kind is people with a few traits changed, some with traffic of their own."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate import clients, identities, people, timing
from ingest.simulate.identities import Cards
from ingest.simulate.people import People, Sessions, Voice
from ingest.simulate.prompts import Source
from ingest.simulate.scene import DAY, HOUR, MINUTE, SECOND, Ints, Part, Scene

Groups = NDArray[np.int64]
_HARNESS = (
    "You are Otter, a coding agent in a terminal. Think before you act. Use the tools read, edit and run. "
    "Never touch files outside the project.\n\n",
    "You are Plover, an assistant inside an editor. Prefer small diffs. Explain each change step by step before you make it.\n\n",
)
_VIRAL = (
    "Based on everything you know about me, draw a picture of what my life looks like right now. Be honest and do not flatter me.",
    "You are a time traveller from the year 2150. Tell me, step by step, the one thing I should do tomorrow morning and why.",
    "Roast me like a disappointed grandmother, then give me three pieces of advice she would give. Keep it under 120 words.",
    "Act as my future biographer. Ask me one question at a time until you can write the first page of my life story.",
)


def _groups(scene: Scene, rng: np.random.Generator, groups: float, low: int, high: int) -> Groups:
    """A group number for each account: `groups` groups at full size, of `low` to `high` accounts."""
    sizes = rng.integers(low, high + 1, scene.sized(groups))
    return np.repeat(np.arange(len(sizes)), sizes)


def _few_cards(rng: np.random.Generator, group: Groups, per_group: int = 1) -> Cards:
    pool = rng.integers(1, 1 << 63, (group.max() + 1, per_group)).astype(np.uint64)
    fingerprint = pool[group, rng.integers(0, per_group, len(group))]
    return Cards(fingerprint, identities.bins_of(fingerprint))


def _office(rng: np.random.Generator, group: Groups) -> Ints:
    """One address for each group, such as an office or a school has."""
    key = rng.integers(0, 1 << 63, group.max() + 1).astype(np.uint64)
    return identities.home_addresses(key | np.uint64(1), np.zeros(len(key), np.int64))[group]


def _together(scene: Scene, rng: np.random.Generator, group: Groups, share: float) -> People:
    """People of one place: its country, hours, address and about one client."""
    crowd = people.at_office(people.draw(scene, rng, len(group)), _office(rng, group), share)
    head = np.searchsorted(group, np.arange(group.max() + 1))[group]
    return replace(
        crowd,
        country=crowd.country[head],
        zone=crowd.zone[head],
        language=np.where(rng.random(len(group)) < 0.8, crowd.language[head], 0),
        client=np.where(rng.random(len(group)) < 0.6, crowd.client[head], crowd.client).astype(np.int16),
        rhythm=np.full(len(group), timing.OFFICE, np.int8),
    )


def _sources(scene: Scene, rng: np.random.Generator, root: str, count: int) -> NDArray[np.int16]:
    """`count` sources of one root, each with a wording of its own."""
    return np.array([scene.library.add(Source(root, scaffold=int(rng.integers(1 << 40)))) for _ in range(count)], np.int16)


def declared_org(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """A firm that says so: org_id, one card, one office, one template, office hours."""
    group = _groups(scene, rng, 14, 8, 90)
    crowd = replace(
        _together(scene, rng, group, 0.85),
        cards=_few_cards(rng, group),
        org=np.char.add("org-", group.astype(str)),
        email=_own_domain(rng, group),
        source=_sources(scene, rng, "firm", group.max() + 1)[group],
        own=np.full(len(group), 0.7),
        rate=rng.lognormal(np.log(1.0), 0.7, len(group)),
    )
    return _part(scene, rng, "declared_org", crowd, group, speech)


def _own_domain(rng: np.random.Generator, group: Groups) -> NDArray[np.str_]:
    stem = np.char.add("firm", rng.permutation(9000)[: group.max() + 1].astype(str))
    local = np.char.partition(identities.emails(rng, len(group)), "@")[:, 0]
    return np.char.add(np.char.add(local, "@"), np.char.add(stem, ".example")[group])


def agency(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """A small firm that never declared itself: one or two cards, an office, some shared templates, human volumes."""
    group = _groups(scene, rng, 18, 5, 24)
    crowd = replace(
        _together(scene, rng, group, 0.7),
        cards=_few_cards(rng, group, 2),
        source=_sources(scene, rng, "firm", group.max() + 1)[group],
        own=np.full(len(group), 0.35),
        rate=rng.lognormal(np.log(0.6), 0.7, len(group)),
    )
    return _part(scene, rng, "agency", crowd, group, speech)


def family(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Two to five people on one card behind one home address."""
    group = _groups(scene, rng, 260, 2, 5)
    crowd = people.draw(scene, rng, len(group))
    head = np.searchsorted(group, np.arange(group.max() + 1))[group]
    crowd = people.at_office(crowd, _office(rng, group), 0.75)
    crowd = replace(crowd, cards=_few_cards(rng, group), country=crowd.country[head], zone=crowd.zone[head], language=crowd.language[head])
    return _part(scene, rng, "family", crowd, group, speech)


def classroom(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """One school address, one assignment in everyone's own words, the same hour for a few weeks; many sign up for the first lesson."""
    group = _groups(scene, rng, 14, 18, 34)
    classes = group.max() + 1
    lessons = rng.integers(2, 5, classes)
    first = rng.integers(0, max(1, scene.days - 15), classes) // 7 * 7 + rng.integers(0, 5, classes)
    hour = rng.uniform(8, 15, classes)
    opens = first * DAY + (hour * HOUR).astype(np.int64)
    crowd = _together(scene, rng, group, 0.1)
    fresh = rng.random(len(group)) < 0.6
    crowd = replace(
        crowd,
        created=np.where(fresh, opens[group] - rng.integers(0, 25 * MINUTE, len(group)), np.minimum(crowd.created, -DAY)),
        program=np.where(fresh, "education", crowd.program),
        rhythm=np.full(len(group), timing.EVENING, np.int8),
        cards=identities.ordinary_cards(rng, len(group), 0.1),
    )
    pupil = np.repeat(np.arange(len(group)), lessons[group])
    week = np.arange(len(pupil)) - np.searchsorted(pupil, pupil)
    tasks = _sources(scene, rng, "assignment", int(lessons.sum()))
    lesson = (np.cumsum(lessons) - lessons)[group[pupil]] + week
    start = opens[group[pupil]] + week * 7 * DAY + rng.integers(0, 35 * MINUTE, len(pupil))
    extra = Sessions(pupil, start, timing.turns(rng, np.full(len(pupil), 3.0)), crowd.office[pupil], tasks[lesson], _keys(rng, len(pupil)))
    return _part(scene, rng, "classroom", crowd, group, speech, extra)


def hackathon(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Strangers at one venue for a weekend: a sign-up burst through one programme door, one address, code at all hours."""
    group = _groups(scene, rng, 3, 25, 60)
    weeks = max(1, scene.days // 7)
    opens = rng.integers(0, weeks, group.max() + 1)[group] * 7 * DAY + 4 * DAY + 15 * HOUR
    crowd = people.at_office(people.draw(scene, rng, len(group)), _office(rng, group), 0.05)
    crowd = replace(crowd, created=opens + rng.integers(0, 3 * HOUR, len(group)), program=np.full(len(group), "startup"))
    person = np.repeat(np.arange(len(group)), rng.poisson(5, len(group)))
    start = opens[person] + rng.integers(3 * HOUR, 2 * DAY, len(person))
    source = np.full(len(person), speech.code, np.int16)
    extra = Sessions(person, start, timing.turns(rng, np.full(len(person), 6.0)), crowd.office[person], source, _keys(rng, len(person)))
    return _part(scene, rng, "hackathon", crowd, group, speech, extra)


def benchmark_runner(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Unrelated people who each run the same public list of 300 prompts, in part or whole, when they please."""
    group = _groups(scene, rng, 2.0, max(8, round(35 * scene.crowd)), max(12, round(50 * scene.crowd)))
    crowd = people.draw(scene, rng, len(group))
    crowd = replace(crowd, client=rng.choice(np.array(clients.API, np.int16), len(group)))
    crowd = replace(crowd, second=crowd.client, created=np.minimum(crowd.created, -DAY))
    real = tuple(t for kind in ("benchmark_math", "benchmark_code") for t in scene.library.real.get(kind, ()))
    source = scene.library.add(Source("texts", texts=real) if real else Source("hard"))
    runs = np.maximum(1, (rng.choice([0.15, 0.5, 1.0], len(group)) * 300 * min(1.0, 4 * scene.crowd)).astype(np.int64))
    person = np.repeat(np.arange(len(group)), runs)
    item = np.arange(len(person)) - (np.cumsum(runs) - runs)[person]
    begin = rng.integers(0, max(1, scene.end - DAY), len(group))
    pace = rng.lognormal(np.log(9), 0.6, len(group)) * SECOND
    start = begin[person] + (item * pace[person]).astype(np.int64) + rng.integers(0, 3 * SECOND, len(person))
    ip = people.addresses(rng, crowd, np.arange(len(group)), begin)[person]
    key = (group[person] * 1000 + item).astype(np.uint64)
    extra = Sessions(person, start, np.ones_like(person), ip, np.full(len(person), source, np.int16), key)
    return _part(scene, rng, "benchmark_runner", crowd, group, speech, extra)


def cgnat(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Thousands behind a handful of a carrier's exits, and never from elsewhere."""
    group = _crowd(scene, 2, 1100)
    crowd = people.draw(scene, rng, len(group))
    networks = np.zeros((len(group), 4))
    networks[:, people.MOBILE] = 1
    carrier = np.array([identities.carrier_exits(40 + g, 1)[0] for g in range(2)])[group]
    crowd = replace(crowd, networks=networks, carrier=carrier, carrier_exits=np.full(len(group), 4))
    return _part(scene, rng, "cgnat", crowd, group, speech)


def vpn(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of two commercial VPNs, nearly always behind one of few exits in hosting ranges."""
    group = _crowd(scene, 2, 420)
    crowd = people.draw(scene, rng, len(group))
    networks = np.tile(np.array([0.05, 0.05, 0.9, 0.0]), (len(group), 1))
    exits = np.array([identities.vpn_exits(p, 1)[0] for p in range(2)])[group]
    return _part(scene, rng, "vpn", replace(crowd, networks=networks, vpn=exits), group, speech)


def _crowd(scene: Scene, groups: int, accounts: int) -> Groups:
    return np.repeat(np.arange(groups), scene.sized(accounts, 12))


def viral(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """People who send the text everyone sends these days, word for word."""
    group = _crowd(scene, len(_VIRAL), 180)
    crowd = people.draw(scene, rng, len(group))
    sources = np.array([scene.library.add(Source("texts", texts=(text,))) for text in _VIRAL], np.int16)
    opens = (rng.random(len(_VIRAL)) * 0.8 * scene.end).astype(np.int64)
    person = np.repeat(np.arange(len(group)), 1 + rng.poisson(0.4, len(group)))
    start = opens[group[person]] + (rng.exponential(1.8, len(person)) * DAY).astype(np.int64)
    length = timing.turns(rng, np.full(len(person), 1.6))
    ip = people.addresses(rng, crowd, person, start)
    crowd = replace(crowd, created=np.minimum(crowd.created, opens[group] - HOUR))
    extra = Sessions(person, start, length, ip, sources[group[person]], _keys(rng, len(person)))
    return _part(scene, rng, "viral", crowd, group, speech, extra)


def harness(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of two popular coding harnesses: the same system prompt and client, versions that follow the release closely."""
    group = _crowd(scene, 2, 450)
    crowd = people.draw(scene, rng, len(group))
    sources = np.array([scene.library.add(Source("ask.code", before=text)) for text in _HARNESS], np.int16)
    client = np.array([clients.INDEX["harness-otter"], clients.INDEX["harness-plover"]], np.int16)[group]
    crowd = replace(
        crowd, client=client, second=client, lag=clients.lags(rng, client), source=sources[group], own=np.full(len(group), 0.95)
    )
    crowd = replace(crowd, rate=crowd.rate * 1.5, gap=np.full(len(group), 15.0), turns=np.clip(crowd.turns * 2, 1, 30))
    return _part(scene, rng, "harness", crowd, group, speech)


def cron(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Unrelated scheduled jobs that all run on the hour, each with its own template and changing values."""
    group = np.arange(scene.sized(130, 6))
    crowd = replace(people.draw(scene, rng, len(group)), rate=np.full(len(group), 0.05))
    crowd = replace(crowd, created=np.minimum(crowd.created, -DAY), lease=np.full(len(group), 400.0))
    every = rng.choice([1, 3, 6, 24, 24, 24], len(group))
    times = [np.arange(int(rng.integers(0, e)), scene.days * 24, e) for e in every]
    person = np.repeat(group, [len(t) for t in times])
    start = np.concatenate(times) * HOUR + rng.integers(0, 3 * SECOND, len(person))
    home = identities.home_addresses(crowd.key, np.zeros(len(group), np.int64))
    sources = _sources(scene, rng, "cron", len(group))
    extra = Sessions(person, start, np.ones_like(person), home[person], sources[person], _keys(rng, len(person)))
    return _part(scene, rng, "cron", crowd, group // 1_000_000, speech, extra)


def _keys(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    return rng.integers(0, 1 << 63, count).astype(np.uint64)


def _part(
    scene: Scene, rng: np.random.Generator, kind: str, crowd: People, group: Groups, speech: Voice, extra: Sessions | None = None
) -> Part:
    rows = people.traffic(scene, rng, crowd, speech)
    if extra is not None:
        rows = pl.concat([rows, people.unfold(scene, rng, crowd, extra, speech)])
    return people.part(scene, rng, kind, crowd, rows, kind, np.char.add(f"{kind}-", (group + 1).astype(str)))


Lookalike = Callable[[Scene, np.random.Generator, Voice], Part]
LOOKALIKES: dict[str, Lookalike] = {
    function.__name__: function
    for function in (
        declared_org,
        classroom,
        hackathon,
        benchmark_runner,
        cgnat,
        vpn,
        family,
        agency,
        cron,
        viral,
        harness,
    )
}
