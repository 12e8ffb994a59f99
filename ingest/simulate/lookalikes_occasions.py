"""Look-alikes of an occasion: everybody does the same because of what they read, learn or celebrate these days."""

from dataclasses import replace

import numpy as np
import polars as pl

from ingest.simulate import enrolment, grouped, people, timing
from ingest.simulate.people import Sessions, Voice
from ingest.simulate.prompts import Source
from ingest.simulate.scene import DAY, HOUR, Part, Scene

_VIRAL = (
    "Based on everything you know about me, draw a picture of what my life looks like right now. Be honest and do not flatter me.",
    "You are a time traveller from the year 2150. Tell me, step by step, the one thing I should do tomorrow morning and why.",
    "Roast me like a disappointed grandmother, then give me three pieces of advice she would give. Keep it under 120 words.",
    "Act as my future biographer. Ask me one question at a time until you can write the first page of my life story.",
)


def viral(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """People who send the text everyone sends these days, word for word."""
    group = grouped.even_groups(scene, len(_VIRAL), 180)
    crowd = people.draw(scene, rng, len(group))
    sources = np.array([scene.library.add(Source("texts", texts=(text,))) for text in _VIRAL], np.int16)
    opens = (rng.random(len(_VIRAL)) * 0.8 * scene.end).astype(np.int64)
    person = np.repeat(np.arange(len(group)), 1 + rng.poisson(0.4, len(group)))
    start = opens[group[person]] + (rng.exponential(1.8, len(person)) * DAY).astype(np.int64)
    length = timing.turns(rng, np.full(len(person), 1.6))
    ip = people.addresses(rng, crowd, person, start)
    crowd = replace(crowd, created=np.minimum(crowd.created, opens[group] - HOUR))
    extra = Sessions(person, start, length, ip, sources[group[person]], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "viral", crowd, group, speech, extra)


def launch_burst(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Readers of a news item: they sign up within hours, through the door it names, try what it suggests, and most lose interest."""
    group = grouped.even_groups(scene, 3, 240)
    news = (rng.uniform(0.05, 0.7, 3) * scene.end).astype(np.int64)
    crowd = people.draw(scene, rng, len(group))
    door = np.array(["startup", "research", ""])[group]
    created = news[group] + (rng.exponential(6, len(group)) * HOUR).astype(np.int64)
    crowd = replace(crowd, created=created, program=np.where(rng.random(len(group)) < 0.8, door, ""), rate=crowd.rate * 0.6)
    suggested = np.array([scene.library.add(Source("ask.en", scaffold=int(rng.integers(1 << 40)), items=5)) for _ in range(3)], np.int16)
    person = np.repeat(np.arange(len(group)), 1 + rng.poisson(1.5, len(group)))
    start = created[person] + (rng.exponential(0.4, len(person)) * DAY).astype(np.int64)
    length, ip = timing.turns(rng, np.full(len(person), 2.0)), people.addresses(rng, crowd, person, start)
    extra = Sessions(person, start, length, ip, suggested[group[person]], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "launch_burst", crowd, group, speech, extra)


def course(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Followers of an online course, in many places: the same exercises, word for word, in the same week."""
    group = grouped.even_groups(scene, 2, 280)
    crowd = people.draw(scene, rng, len(group))
    crowd = replace(
        crowd, program=np.where(rng.random(len(group)) < 0.4, "education", crowd.program), created=np.minimum(crowd.created, -DAY)
    )
    weeks = max(1, scene.days // 7)
    exercise = np.array(
        [[scene.library.add(Source(root, int(rng.integers(1 << 40)), 4)) for _ in range(weeks)] for root in ("ask.code", "assignment")],
        np.int16,
    )
    person = np.repeat(np.arange(len(group)), rng.poisson(1.6 * weeks, len(group)))
    week = np.minimum((rng.beta(0.8, 1.4, len(person)) * weeks).astype(np.int64), weeks - 1)  # many give up
    start = week * 7 * DAY + 18 * HOUR + (rng.exponential(1.6, len(person)) * DAY).astype(np.int64)
    start += ((timing.clock_hours(rng, crowd.rhythm[person]) - crowd.zone[person]) * HOUR).astype(np.int64) % DAY - 12 * HOUR
    length, ip = timing.turns(rng, np.full(len(person), 2.5)), people.addresses(rng, crowd, person, start)
    extra = Sessions(person, start, length, ip, exercise[group[person], week], grouped.keys(rng, len(person)))
    return grouped.part(scene, rng, "course", crowd, group, speech, extra)


def holiday(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Office workers of one country: all away for the same week, all back on the same morning."""
    group = grouped.even_groups(scene, 2, 190)
    crowd = people.draw(scene, rng, len(group))
    head = np.searchsorted(group, np.arange(2))[group]
    crowd = replace(crowd, country=crowd.country[head], zone=crowd.zone[head], rhythm=np.full(len(group), timing.OFFICE, np.int8))
    crowd = replace(crowd, rate=crowd.rate * 1.5, created=np.minimum(crowd.created, -DAY))
    leave = (rng.uniform(0.2, 0.7, 2) * scene.days).astype(np.int64) * DAY
    rows = people.traffic(scene, rng, crowd, speech)
    gone = leave[group][rows["account"].to_numpy()]
    rows = rows.filter(pl.Series((rows["at"].to_numpy() < gone) | (rows["at"].to_numpy() >= gone + 8 * DAY)))
    return enrolment.part(scene, rng, "holiday", crowd, rows, "holiday", np.char.add("holiday-", (group + 1).astype(str)))
