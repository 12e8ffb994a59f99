"""One-line makers of small workspaces and snapshots for tests."""

import datetime as dt
import hashlib
import random
from pathlib import Path
from typing import Any

import polars as pl

from graph.store import snapshot
from graph.store.files import json_bytes
from graph.store.snapshot import FRAMES, Snapshot
from graph.store.workspace import Workspace, create_workspace
from graph.vocabulary import CHANNELS

START = dt.datetime(2026, 8, 3, tzinfo=dt.UTC)

HOSTILE = "<img src=x onerror=alert(1)>\u202e=cmd|'/c calc'!A1\u200b"


def a_workspace(folder: Path) -> Workspace:
    return create_workspace(folder / "workspace")


def a_snapshot(workspace: Workspace, clusters: int = 3, accounts: int = 40, days: int = 14, seed: int = 1) -> Snapshot:
    """A published snapshot of made-up clusters: cards, addresses, sentences and busy seconds, hostile text among the labels."""
    dice = random.Random(seed)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FRAMES}
    listed = [_a_cluster(number, accounts, days, dice, rows) for number in range(clusters)]
    frames = {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in FRAMES.items()}
    manifest = {
        "schema": 1,
        "window": {"first": START.isoformat(), "until": (START + dt.timedelta(days=days)).isoformat()},
        "seed": seed,
        "parameters": {"window_days": 60},
        "inputs": {"exchanges": {"rows": 1000, "content": "0f" * 16}},
        "counts": {"accounts": clusters * accounts, "exchanges": 1000, "clusters": clusters, "flagged": clusters},
        "channels": {channel.value: {"available": True, "reason": ""} for channel in CHANNELS},
        "chance": {"shuffles": 3, "flagged_in_shuffles": 0},
    }
    digest = hashlib.sha256(json_bytes(manifest)).hexdigest()[:8]
    return snapshot.publish(workspace, f"{(START + dt.timedelta(days=days)):%Y%m%dT%H%M%SZ}-{digest}", manifest, listed, frames)


_ENTITIES = (("payment", "card"), ("ip", "address"), ("prompt", "sentence"), ("timing", "synchrony"))


def _a_cluster(number: int, accounts: int, days: int, dice: random.Random, rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    cluster_id = f"CL-{number:06X}"
    members = [f"acct-{number}-{i:05d}" for i in range(accounts)]
    total = dict.fromkeys(CHANNELS, 0.0)
    for e, (channel, kind) in enumerate(_ENTITIES * 2):
        entity_id = number * 1000 + e
        label = {
            "card": f"fp_{number}{e:04d}",
            "address": f"203.0.113.{e}",
            "sentence": HOSTILE if e == 2 else f"write step {e} of the reasoning",
        }
        sharers = [m for m in members if dice.random() < 0.6] or members
        seen = {"first_seen": START, "last_seen": START + dt.timedelta(days=days - 1)}
        rows["entities"].append(
            {
                "entity_id": entity_id,
                "channel": channel,
                "kind": kind,
                "label": label.get(kind, f"workgroup {e}"),
                "accounts": len(sharers) + 1,
                "units": len(sharers) + 1,
                **seen,
            }
        )
        rows["cluster_entities"].append(
            {
                "cluster_id": cluster_id,
                "entity_id": entity_id,
                "members": len(sharers),
                "expected": 0.01,
                "bits": 9.0 - e / 2,
                "p_value": 1e-9,
                "q_value": 1e-7,
            }
        )
        for m in sharers:
            total[channel] += 3.0
            rows["links"].append(
                {"cluster_id": cluster_id, "account_id": m, "entity_id": entity_id, "channel": channel, "bits": 3.0, "n": 5, **seen}
            )
    for i, m in enumerate(members):
        angle = i * 2.4
        rows["layout"].append({"cluster_id": cluster_id, "node": m, "x": i**0.5 * 9 * _cos(angle), "y": i**0.5 * 9 * _cos(angle - 1.57)})
        rows["members"].append(
            {
                "account_id": m,
                "cluster_id": cluster_id,
                "flagged": True,
                "bits": 12.0,
                **{f"bits_{c}": 3.0 if c in dict(_ENTITIES) else 0.0 for c in CHANNELS},
            }
        )
        rows["accounts"].append(
            {
                "account_id": m,
                "org_id": None,
                "created_at": START,
                "status": "active",
                "first_seen": START,
                "last_seen": START + dt.timedelta(days=days - 1),
                "exchanges": days * 3,
                "days_active": days,
            }
        )
        rows["activity"] += [
            {"account_id": m, "hour": START + dt.timedelta(days=d, hours=dice.randrange(24)), "exchanges": 3} for d in range(days)
        ]
    for e in range(len(_ENTITIES) * 2):
        rows["layout"].append(
            {"cluster_id": cluster_id, "node": f"entity:{number * 1000 + e}", "x": 40 * _cos(e), "y": 40 * _cos(e - 1.57)}
        )
    for d in range(days):
        day = (START + dt.timedelta(days=d)).date()
        rows["timeline"].append({"cluster_id": cluster_id, "day": day, "channel": "all", "n": accounts * 3})
        rows["timeline"] += [{"cluster_id": cluster_id, "day": day, "channel": c, "n": dice.randrange(5, 40)} for c, _ in _ENTITIES]
    rows["templates"].append(
        {
            "cluster_id": cluster_id,
            "template_id": f"T-{number}",
            "template": "Write a {slot}-star review for {slot}, " + HOSTILE,
            "accounts": accounts,
            "exchanges": accounts * 9,
        }
    )
    return {
        "cluster_id": cluster_id,
        "kind": "pool" if number % 2 else "campaign",
        "parent_id": None,
        "accounts": accounts,
        "exchanges": accounts * days * 3,
        "first_seen": START.isoformat(),
        "last_seen": (START + dt.timedelta(days=days - 1)).isoformat(),
        "score": round(0.97 - number * 0.1, 3),
        "linkage": round(0.98 - number * 0.1, 3),
        "extraction": round(0.8 - number * 0.1, 3),
        "flagged": True,
        "change": "born",
        "channels": {c.value: round(b, 1) for c, b in total.items() if b},
        "reasons": [
            "24 of 40 accounts share 2 cards; chance expects 0.01.",
            "All stop within the same second 812 times; chance expects 3.1.",
        ],
    }


def _cos(angle: float) -> float:
    import math

    return math.cos(angle)
