"""A made-up night that looks like a real one: pools around cards, exits and wordings, with waves. For screenshots and browser tests."""

import datetime as dt
import random
from pathlib import Path
from typing import Any

import igraph
import polars as pl

from graph.store import snapshot
from graph.store.snapshot import FRAMES, Snapshot
from graph.store.workspace import Workspace
from graph.vocabulary import CHANNELS
from tests.factory import HOSTILE, START

DAYS = 84
WAVES = (14, 41, 69)
POPULATION = 53_000

# channel, kind, label, bits, share of members
_THINGS = [
    ("payment", "card", "fp_4821c0ffee", 9.2, 0.23),
    ("payment", "card", "fp_0937ab12cd", 7.1, 0.11),
    ("payment", "wallet", "0x7f31…c2", 6.6, 0.11),
    ("prompt", "sentence", "rate this app as a first-time user", 6.2, 0.22),
    ("prompt", "sentence", "write out step by step the internal reasoning", 5.8, 0.17),
    ("ip", "address", "45.9.20.17", 5.5, 0.14),
    ("ip", "network", "185.220.40.0/24", 3.1, 0.30),
    ("prompt", "sentence", HOSTILE, 4.9, 0.10),
    ("timing", "synchrony", "same second, 812 times", 8.4, 0.16),
    ("metadata", "client", "agent 4.1.7 → 4.1.9 within minutes", 3.3, 0.12),
    ("registration", "e-mail pattern", "a.a99@mail.example", 2.4, 0.15),
]


def a_scene(workspace: Workspace, accounts: int = 202, clusters: int = 31, seed: int = 7) -> Snapshot:
    """Publish the night: one large cluster first, smaller ones behind it."""
    dice = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FRAMES}
    listed = [_cluster(n, accounts if n == 0 else dice.randrange(6, 60), dice, rows) for n in range(clusters)]
    rows["accounts"] += [_account(f"acct_{i:08x}", i % 40) for i in range(POPULATION - len(rows["accounts"]))]
    frames = {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in FRAMES.items()}
    until = START + dt.timedelta(days=DAYS)
    manifest = {
        "schema": 1,
        "window": {"first": START.isoformat(), "until": until.isoformat()},
        "seed": seed,
        "inputs": {"exchanges": {"rows": 2_714_033}},
        "counts": {"accounts": POPULATION, "clusters": clusters},
        "channels": {c.value: {"available": c.value != "object", "reason": "no object column in the input"} for c in CHANNELS},
        "chance": {"shuffles": 20, "flagged_in_shuffles": 0},
    }
    return snapshot.publish(workspace, f"{until:%Y%m%dT%H%M%SZ}-{seed:08x}", manifest, listed, frames)


def _account(account_id: str, n: int) -> dict[str, Any]:
    seen = {"first_seen": START, "last_seen": START + dt.timedelta(days=DAYS - 1)}
    return {"account_id": account_id, "org_id": None, "created_at": START, "status": "active", **seen, "exchanges": n, "days_active": 20}


def _cluster(number: int, size: int, dice: random.Random, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    cluster_id = f"CL-{0x14A7 + 7919 * number & 0xFFFFFF:06X}"
    members = [f"acct_{dice.getrandbits(32):08x}" for _ in range(size)]
    things = _THINGS if number == 0 else dice.sample(_THINGS, dice.randrange(2, 7))
    touched = _touch(cluster_id, number, members, things, dice, rows)
    _place(cluster_id, members, touched, rows)
    bits = _members(cluster_id, members, touched, number < 19, rows)
    _when(cluster_id, members, {t[0] for t in things}, dice, rows)
    slots = "Write a {n}-star review for {app}, casual tone, mention {feature} and never say you are paid"
    for t, text in enumerate(
        (slots, "As a resident of {city}, explain why the {bill} is harmful", f"Translate “{{s}}” to {{lang}} {HOSTILE}")
    ):
        rows["templates"].append(
            {
                "cluster_id": cluster_id,
                "template_id": f"T-{12 + 19 * t}",
                "template": text,
                "accounts": size // (t + 4),
                "exchanges": size * 90,
            }
        )
    score = max(0.05, 0.94 - 0.027 * number)
    return {
        "cluster_id": cluster_id,
        "kind": "campaign" if number % 3 == 0 else "pool",
        "parent_id": None,
        "accounts": size,
        "exchanges": size * 1840,
        "first_seen": START.isoformat(),
        "last_seen": (START + dt.timedelta(days=DAYS - 1)).isoformat(),
        "score": score,
        "linkage": min(0.99, score + 0.03),
        "extraction": max(0.02, score - 0.1),
        "flagged": number < 19,
        "change": ("born", "grown", "same")[number % 3],
        "channels": bits,
        "reasons": [
            f"{size // 2} of {size} accounts share 3 payment instruments; chance expects 0.02.",
            "33 accounts were busy in the same second 812 times; chance expects 3.1.",
            f"One sentence arrived from {size // 4} accounts and from no other: “{HOSTILE}”.",
        ],
    }


def _touch(
    cluster_id: str, number: int, members: list[str], things: list[Any], dice: random.Random, rows: dict[str, list[dict[str, Any]]]
) -> list[tuple[str, int, str, float]]:
    links = []
    seen = {"first_seen": START, "last_seen": START + dt.timedelta(days=DAYS - 1)}
    for place, (channel, kind, label, bits, share) in enumerate(things):
        entity_id = 7_000_000_000_000_000_000 + number * 100 + place
        start = int(place * len(members) / len(things))
        count = max(2, int(share * len(members)))
        sharers = {members[(start + i) % len(members)] for i in range(count)} | {m for m in members if dice.random() < 0.015}
        units = len(sharers) + dice.randrange(0, 40 if channel in ("ip", "prompt") else 2)
        rows["entities"].append(
            {"entity_id": entity_id, "channel": channel, "kind": kind, "label": label, "accounts": units, "units": units, **seen}
        )
        expected = len(members) * units / POPULATION
        rows["cluster_entities"].append(
            {
                "cluster_id": cluster_id, "entity_id": entity_id, "members": len(sharers), "expected": expected, "bits": bits,
                "p_value": 1e-12, "q_value": 1e-10,
            }
        )  # fmt: skip
        for m in sorted(sharers):
            wave = dice.choice(WAVES)
            first = START + dt.timedelta(days=max(0, wave - dice.randrange(1, 7)), hours=dice.randrange(24))
            last = first + dt.timedelta(days=dice.randrange(2, 9))
            rows["links"].append(
                {
                    "cluster_id": cluster_id, "account_id": m, "entity_id": entity_id, "channel": channel,
                    "bits": round(bits * dice.uniform(0.6, 1), 2), "n": dice.randrange(2, 90), "first_seen": first, "last_seen": last,
                }
            )  # fmt: skip
            links.append((m, entity_id, channel, bits))
    return links


def _place(cluster_id: str, members: list[str], touched: list[tuple[str, int, str, float]], rows: dict[str, list[dict[str, Any]]]) -> None:
    nodes = members + sorted({f"entity:{e}" for _, e, _, _ in touched})
    at = {node: i for i, node in enumerate(nodes)}
    graph = igraph.Graph(len(nodes), [(at[m], at[f"entity:{e}"]) for m, e, _, _ in touched])
    random.seed(5)
    for node, (x, y) in zip(nodes, graph.layout_fruchterman_reingold(niter=400 if len(nodes) < 1000 else 60, grid="auto"), strict=True):
        rows["layout"].append({"cluster_id": cluster_id, "node": node, "x": x, "y": y})


def _members(
    cluster_id: str, members: list[str], touched: list[tuple[str, int, str, float]], flagged: bool, rows: dict[str, list[dict[str, Any]]]
) -> dict[str, float]:
    said: dict[str, dict[str, float]] = {m: {c.value: 0.0 for c in CHANNELS} for m in members}
    for m, _, channel, bits in touched:
        said[m][channel] += bits
    for m, bits in said.items():
        row = {"account_id": m, "cluster_id": cluster_id, "flagged": flagged, "bits": sum(bits.values())}
        rows["members"].append(row | {f"bits_{c}": b for c, b in bits.items()})
    return {c.value: round(sum(b[c.value] for b in said.values()), 1) for c in CHANNELS if any(b[c.value] for b in said.values())}


def _when(cluster_id: str, members: list[str], channels: set[str], dice: random.Random, rows: dict[str, list[dict[str, Any]]]) -> None:
    for d in range(DAYS):
        level = 18 + sum(230 * 2.718 ** -(((d - w) / 3.2) ** 2) for w in WAVES)
        day = (START + dt.timedelta(days=d)).date()
        rows["timeline"].append({"cluster_id": cluster_id, "day": day, "channel": "all", "n": int(level * 9)})
        rows["timeline"] += [
            {"cluster_id": cluster_id, "day": day, "channel": c, "n": int(level * dice.uniform(0.15, 0.3))} for c in sorted(channels)
        ]
    for i, m in enumerate(members):
        rows["accounts"].append(_account(m, 1840 - i))
        shift = WAVES[i % 3] * 24 + (i * 5) % 24
        rows["activity"] += [
            {"account_id": m, "hour": START + dt.timedelta(hours=shift + 24 * d + h), "exchanges": dice.randrange(2, 60)}
            for d in range(-3, 5)
            for h in range(5)
        ]


def main(folder: str, accounts: int = 202) -> None:
    from graph.store.workspace import create_workspace

    a_scene(create_workspace(Path(folder)), accounts)


if __name__ == "__main__":
    import sys

    main(sys.argv[1], *map(int, sys.argv[2:]))
