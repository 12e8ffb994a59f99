"""Look-alikes of software: programs with many users, timers, tests, and the words that come with them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ingest.simulate import clients, grouped, identities, people, prompts
from ingest.simulate.grouped import Groups
from ingest.simulate.people import People, Sessions, Voice
from ingest.simulate.prompts import Source
from ingest.simulate.scene import DAY, HOUR, MINUTE, SECOND, Ints, Part, Scene

_HARNESS = (
    "You are Otter, a coding agent in a terminal. Think before you act. Use the tools read, edit and run. "
    "Never touch files outside the project.\n\n",
    "You are Plover, an assistant inside an editor. Prefer small diffs. Explain each change step by step before you make it.\n\n",
)
_APPS = (
    "You are the tutor inside Pocket Tutor. Answer in the language of the pupil. Never give the solution before the second try.\n\n",
    "Novel Mate writes with the user, never instead of them. Keep names and places consistent. Return at most three paragraphs.\n\n",
    "You are a spreadsheet add-in. Reply with one formula and one sentence that explains it step by step.\n\n",
)
_AGENT = (
    "You are Heron, an autonomous agent. Write your plan first, then one action a turn as JSON with the fields thought and action. "
    "Stop when the goal is met or after thirty turns.\n\n"
)


def harness(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of two popular coding harnesses: the same system prompt and client, versions that follow the release closely."""
    group = grouped.even_groups(scene, 2, 450)
    crowd = people.draw(scene, rng, len(group))
    sources = np.array([scene.library.add(Source("ask.code", before=text)) for text in _HARNESS], np.int16)
    client = np.array([clients.INDEX["harness-otter"], clients.INDEX["harness-plover"]], np.int16)[group]
    crowd = replace(
        crowd, client=client, second=client, lag=clients.lags(rng, client), source=sources[group], own=np.full(len(group), 0.95)
    )
    crowd = replace(crowd, rate=crowd.rate * 1.5, gap=np.full(len(group), 15.0), turns=np.clip(crowd.turns * 2, 1, 30))
    return grouped.part(scene, rng, "harness", crowd, group, speech)


def cron(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Unrelated scheduled jobs that all run on the hour, each with its own template and changing values."""
    group = np.arange(scene.sized(130, 6))
    crowd = replace(people.draw(scene, rng, len(group)), rate=np.full(len(group), 0.05))
    crowd = replace(crowd, created=np.minimum(crowd.created, -DAY), lease=np.full(len(group), 400.0))
    every = rng.choice([1, 3, 6, 24, 24, 24], len(group))
    times = [np.arange(int(rng.integers(0, e)), scene.days * 24, e) for e in every]
    person = np.repeat(group, [len(t) for t in times])
    start = np.concatenate(times) * HOUR + rng.integers(0, 3 * SECOND, len(person))
    home = identities.home_addresses(crowd.key, np.zeros(len(group), np.int64), crowd.country)
    sources = grouped.sources(scene, rng, "cron", len(group))
    extra = Sessions(person, start, np.ones_like(person), home[person], sources[person], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "cron", crowd, group // 1_000_000, speech, extra)


def benchmark_runner(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Unrelated people who each run the same public list of 300 prompts, in part or whole, when they please."""
    group = grouped.groups(scene, rng, 2.0, max(8, round(35 * scene.crowd)), max(12, round(50 * scene.crowd)))
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
    return grouped.part(scene, rng, "benchmark_runner", crowd, group, speech, extra)


def agent_upgrade(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of an open-source agent that upgrades itself, all within forty minutes of a release; one system prompt."""
    group = grouped.even_groups(scene, 1, 480)
    crowd = people.draw(scene, rng, len(group))
    client = np.full(len(group), clients.INDEX["agent-heron"], np.int16)
    source = scene.library.add(Source("ask.code", before=_AGENT))
    crowd = replace(crowd, client=client, second=client, lag=rng.integers(0, 40 * MINUTE, len(group)))
    crowd = replace(crowd, source=np.full(len(group), source, np.int16), own=np.full(len(group), 0.9), gap=np.full(len(group), 6.0))
    crowd = replace(crowd, turns=np.clip(crowd.turns * 4, 2, 30), rate=crowd.rate * 0.7)
    return grouped.part(scene, rng, "agent_upgrade", crowd, group, speech)


def app_wrapper(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of three apps, each with its own account: the app's client and system prompt, and for half of the traffic its few exits."""
    group = grouped.even_groups(scene, len(_APPS), 210)
    crowd = people.draw(scene, rng, len(group))
    client = np.array([clients.INDEX[name] for name in ("app-tutor", "app-novel", "app-sheet")], np.int16)[group]
    roots = ("ask.en", "ask.long", "ask.code")
    sources = np.array([scene.library.add(Source(root, before=text)) for root, text in zip(roots, _APPS, strict=True)], np.int16)
    crowd = _behind(replace(crowd, client=client, second=client, lag=clients.lags(rng, client)), 20 + group, 0.55)
    crowd = replace(crowd, source=sources[group], own=np.full(len(group), 0.97), rate=crowd.rate * 1.3)
    return grouped.part(scene, rng, "app_wrapper", crowd, group, speech)


def _behind(crowd: People, provider: Ints, share: float) -> People:
    """The same people with `share` of their sessions from the exits of a hosted service."""
    networks = crowd.networks * (1 - share)
    networks[:, people.VPN] += share
    exits = np.array([identities.vpn_exits(int(p), 1)[0] for p in np.unique(provider)])
    return replace(crowd, networks=networks, vpn=exits[np.unique(provider, return_inverse=True)[1]])


def automation(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Customers of an automation platform: its client and exits, jobs on the minute, their own recipes or one of twenty popular ones."""
    group = grouped.even_groups(scene, 1, 260)
    client = np.full(len(group), clients.INDEX["automation"], np.int16)
    crowd = replace(people.draw(scene, rng, len(group)), client=client, second=client, rate=np.full(len(group), 0.03))
    crowd = _behind(replace(crowd, lag=clients.lags(rng, client), created=np.minimum(crowd.created, -DAY)), np.full(len(group), 30), 0.95)
    popular, own = grouped.sources(scene, rng, "cron", 20), grouped.sources(scene, rng, "cron", len(group))
    recipe = np.where(rng.random(len(group)) < 0.5, rng.choice(popular, len(group)), own)
    runs = rng.poisson(np.clip(rng.lognormal(np.log(3), 1, len(group)), 0.3, 40) * scene.days)
    person = np.repeat(np.arange(len(group)), runs)
    every = rng.choice([1, 5, 15, 60], len(group))[person] * MINUTE
    start = rng.integers(0, scene.end, len(person)) // every * every + rng.integers(0, 2 * SECOND, len(person))
    ip = people.addresses(rng, crowd, person, start)
    extra = Sessions(person, start, np.ones_like(person), ip, recipe[person], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "automation", crowd, group, speech, extra)


def outage(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Programs that never sleep, each of somebody else: when the service fails they all stop, and all come back in the same seconds."""
    group = np.arange(scene.sized(36, 5))
    crowd = replace(people.draw(scene, rng, len(group)), rate=np.full(len(group), 0.02), lease=np.full(len(group), 400.0))
    client = rng.choice(np.array(clients.API, np.int16), len(group))
    crowd = replace(crowd, client=client, second=client, created=np.minimum(crowd.created, -DAY))
    every = (rng.uniform(25, 70, len(group)) * MINUTE).astype(np.int64)
    times = [np.arange(int(rng.integers(0, step)), scene.end, step) for step in every]
    person = np.repeat(group, [len(t) for t in times])
    start = np.concatenate(times) + rng.integers(0, 20 * SECOND, len(person))
    home = identities.home_addresses(crowd.key, np.zeros(len(group), np.int64), crowd.country)
    task = grouped.sources(scene, rng, "cron", len(group))
    extra = Sessions(person, start, np.ones_like(person), home[person], task[person], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "outage", crowd, group * 0, speech, extra)


def judge(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Researchers who grade answers with the prompt of a public evaluation kit: one template with slots, in runs of hundreds."""
    group = np.zeros(scene.sized(80, 6), np.int64)
    return _runs(scene, rng, speech, "judge", group, np.full(len(group), speech.public[people.PUBLIC_FOCUSES.index("rubric")]), 160)


def batch(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Lone developers who push thousands of rows through a template of their own, half of them with a page of instructions."""
    group = np.arange(scene.sized(60, 5))
    roots = ("focus.coding", "focus.analyst", "firm", "assignment", "focus.agentic")
    long = [prompts.text(Source("preamble"), int(rng.integers(1 << 40))) + "\n\n" if i % 2 else "" for i in range(len(group))]
    sources = [Source(roots[i % len(roots)], int(rng.integers(1 << 40)), before=long[i]) for i in range(len(group))]
    task = np.array([scene.library.add(source) for source in sources], np.int16)
    return _runs(scene, rng, speech, "batch", group, task, 420)


def _runs(scene: Scene, rng: np.random.Generator, speech: Voice, kind: str, group: Groups, task: NDArray[np.int16], typical: int) -> Part:
    """People whose programs send about `typical` requests a few times, one every few seconds."""
    crowd, client = people.draw(scene, rng, len(group)), rng.choice(np.array(clients.API, np.int16), len(group))
    crowd = replace(crowd, client=client, second=client, lag=clients.lags(rng, client), created=np.minimum(crowd.created, -DAY))
    who = np.repeat(np.arange(len(group)), 1 + rng.poisson(1.2, len(group)))
    size = np.clip(rng.lognormal(np.log(typical), 0.9, len(who)), 5, 6000).astype(np.int64)
    run = np.repeat(np.arange(len(who)), size)
    item = np.arange(len(run)) - (np.cumsum(size) - size)[run]
    begin = rng.integers(0, max(1, scene.end - DAY), len(who))
    pace = rng.lognormal(np.log(6), 0.7, len(who)) * SECOND
    start = begin[run] + (item * pace[run]).astype(np.int64) + rng.integers(0, 2 * SECOND, len(run))
    person, ip = who[run], people.addresses(rng, crowd, who, begin)[run]
    extra = Sessions(person, start, np.ones_like(person), ip, task[person].astype(np.int16), grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, kind, crowd, group, speech, extra)
