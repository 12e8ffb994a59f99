"""Look-alikes of one place, one firm, one household or one network."""

from dataclasses import replace

import numpy as np

from ingest.simulate import grouped, identities, people, timing
from ingest.simulate.people import Sessions, Voice
from ingest.simulate.scene import DAY, HOUR, MINUTE, Part, Scene


def declared_org(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """A firm that says so: org_id, one card, one office, one template, office hours."""
    group = grouped.groups(scene, rng, 14, 8, 90)
    crowd = replace(
        grouped.together(scene, rng, group, 0.85),
        cards=grouped.few_cards(rng, group),
        org=np.char.add("org-", group.astype(str)),
        email=grouped.own_domain(rng, group),
        source=grouped.sources(scene, rng, "firm", group.max() + 1)[group],
        own=np.full(len(group), 0.7),
        rate=rng.lognormal(np.log(1.0), 0.7, len(group)),
    )
    return grouped.part(scene, rng, "declared_org", crowd, group, speech)


def agency(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """A small firm that never declared itself: one or two cards, an office, some shared templates, human volumes."""
    group = grouped.groups(scene, rng, 18, 5, 24)
    crowd = replace(
        grouped.together(scene, rng, group, 0.7),
        cards=grouped.few_cards(rng, group, 2),
        source=grouped.sources(scene, rng, "firm", group.max() + 1)[group],
        own=np.full(len(group), 0.35),
        rate=rng.lognormal(np.log(0.6), 0.7, len(group)),
    )
    return grouped.part(scene, rng, "agency", crowd, group, speech)


def family(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Two to five people on one card behind one home address."""
    group = grouped.groups(scene, rng, 260, 2, 5)
    crowd = people.draw(scene, rng, len(group))
    head = np.searchsorted(group, np.arange(group.max() + 1))[group]
    crowd = people.at_office(crowd, grouped.office(rng, group), 0.75)
    crowd = replace(
        crowd, cards=grouped.few_cards(rng, group), country=crowd.country[head], zone=crowd.zone[head], language=crowd.language[head]
    )
    return grouped.part(scene, rng, "family", crowd, group, speech)


def classroom(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """One school address, one assignment in everyone's own words, the same hour for a few weeks; many sign up for the first lesson."""
    group = grouped.groups(scene, rng, 14, 18, 34)
    classes = group.max() + 1
    lessons = rng.integers(2, 5, classes)
    first = rng.integers(0, max(1, scene.days - 15), classes) // 7 * 7 + rng.integers(0, 5, classes)
    hour = rng.uniform(8, 15, classes)
    opens = first * DAY + (hour * HOUR).astype(np.int64)
    crowd = grouped.together(scene, rng, group, 0.1)
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
    tasks = grouped.sources(scene, rng, "assignment", int(lessons.sum()))
    lesson = (np.cumsum(lessons) - lessons)[group[pupil]] + week
    start = opens[group[pupil]] + week * 7 * DAY + rng.integers(0, 35 * MINUTE, len(pupil))
    extra = Sessions(
        pupil, start, timing.turns(rng, np.full(len(pupil), 3.0)), crowd.office[pupil], tasks[lesson], grouped.keys(rng, len(pupil))
    )
    return grouped.part(scene, rng, "classroom", crowd, group, speech, extra)


def hackathon(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Strangers at one venue for a weekend: a sign-up burst through one programme door, one address, code at all hours."""
    group = grouped.groups(scene, rng, 3, 25, 60)
    weeks = max(1, scene.days // 7)
    opens = rng.integers(0, weeks, group.max() + 1)[group] * 7 * DAY + 4 * DAY + 15 * HOUR
    crowd = people.at_office(people.draw(scene, rng, len(group)), grouped.office(rng, group), 0.05)
    crowd = replace(crowd, created=opens + rng.integers(0, 3 * HOUR, len(group)), program=np.full(len(group), "startup"))
    person = np.repeat(np.arange(len(group)), rng.poisson(5, len(group)))
    start = opens[person] + rng.integers(3 * HOUR, 2 * DAY, len(person))
    source = np.full(len(person), speech.code, np.int16)
    extra = Sessions(
        person, start, timing.turns(rng, np.full(len(person), 6.0)), crowd.office[person], source, grouped.keys(rng, len(person))
    )
    return grouped.part(scene, rng, "hackathon", crowd, group, speech, extra)


def cgnat(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Thousands behind a handful of a carrier's exits, and never from elsewhere."""
    group = grouped.even_groups(scene, 2, 1100)
    crowd = people.draw(scene, rng, len(group))
    networks = np.zeros((len(group), 4))
    networks[:, people.MOBILE] = 1
    carrier = np.array([identities.carrier_exits(40 + g, 1)[0] for g in range(2)])[group]
    crowd = replace(crowd, networks=networks, carrier=carrier, carrier_exits=np.full(len(group), 4))
    return grouped.part(scene, rng, "cgnat", crowd, group, speech)


def vpn(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Users of two commercial VPNs, nearly always behind one of few exits in hosting ranges."""
    group = grouped.even_groups(scene, 2, 420)
    crowd = people.draw(scene, rng, len(group))
    networks = np.tile(np.array([0.05, 0.05, 0.9, 0.0]), (len(group), 1))
    exits = np.array([identities.vpn_exits(p, 1)[0] for p in range(2)])[group]
    return grouped.part(scene, rng, "vpn", replace(crowd, networks=networks, vpn=exits), group, speech)


def reseller_card(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """Clients of a bookkeeping firm, which pays for all of them with its card; they share nothing else."""
    group = grouped.groups(scene, rng, 6, 10, 40)
    crowd = people.draw(scene, rng, len(group))
    crowd = replace(crowd, cards=grouped.few_cards(rng, group), rhythm=np.full(len(group), timing.OFFICE, np.int8))
    return grouped.part(scene, rng, "reseller_card", crowd, group, speech)


def follow_the_sun(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """A small undeclared company with three sites eight hours apart: one card, one gateway, some templates, work at all hours."""
    group = grouped.groups(scene, rng, 8, 9, 24)
    crowd = people.at_office(people.draw(scene, rng, len(group)), grouped.office(rng, group), 0.6)
    site = np.arange(len(group)) % 3
    crowd = replace(
        crowd,
        country=np.array([0, 4, 6])[site],
        zone=identities.ZONES[np.array([0, 4, 6])][site],
        rhythm=np.full(len(group), timing.OFFICE, np.int8),
        cards=grouped.few_cards(rng, group),
        source=grouped.sources(scene, rng, "firm", group.max() + 1)[group],
        own=np.full(len(group), 0.3),
        rate=rng.lognormal(np.log(0.6), 0.7, len(group)) * scene.busy,
    )
    return grouped.part(scene, rng, "follow_the_sun", crowd, group, speech)


def office_move(scene: Scene, rng: np.random.Generator, speech: Voice) -> Part:
    """An undeclared firm that moves: one card, and from one day on everybody works behind another address."""
    group = grouped.groups(scene, rng, 8, 8, 30)
    moves = (rng.uniform(0.25, 0.75, group.max() + 1) * scene.days).astype(np.int64) * DAY
    crowd = replace(grouped.together(scene, rng, group, 0.75), cards=grouped.few_cards(rng, group))
    crowd = replace(crowd, moves=moves[group], office_after=grouped.office(rng, group), rate=crowd.rate * 2)
    return grouped.part(scene, rng, "office_move", crowd, group, speech)
