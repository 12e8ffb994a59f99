"""Indicators that two parties can compare without telling each other a value: keyed pseudonyms of what suspected clusters share.

Both hold one secret key and turn their own values into HMAC-SHA-256 under it (RFC 2104), per kind; equal values meet, others stay
unreadable. Who lacks the key learns how many indicators of which kind there are, and their labels, and nothing of a value: an unkeyed
digest of an address or a card could be tried out. Whoever holds the key can try values: it is for partners that may know them.
"""

import base64
import csv
import datetime as dt
import hashlib
import hmac
import io
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl

from graph.bundle import ids
from graph.bundle.tlp import MEANINGS, Tlp, stix_marking
from graph.errors import DataRefused, UsageError
from graph.signals.base import identity, joined
from graph.store import files, snapshot, tables
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

SHORTEST_KEY = 32  # bytes
MOST = 1_000_000
FORMAT = "clew-indicators/1"
_PATTERN = re.compile(r"\[x-clew-indicator:kind = '([a-z-]+)' AND x-clew-indicator:hmac_sha256 = '([0-9a-f]{64})'\]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

# Kind of entity → what partners call it, its table, and the value as both sides store it. A template is known by the signature of its
# sentence, which the same wording has in every workspace.
KINDS: dict[str, tuple[str, str, pl.Expr]] = {
    "card": ("card", "payments", pl.col("card_fingerprint")),
    "network": ("ip-range", "exchanges", pl.col("ip_net")),
    "sentence": ("template", "fragments", pl.col("fragment_id").cast(pl.String)),
    "client": ("client", "exchanges", joined("user_agent", "client_version")),
}


@dataclass(frozen=True, order=True)
class Indicator:
    """One keyed value. confidence: 0 to 100. Days are ISO, UTC; after `valid_until` it no longer matches."""

    kind: str
    hmac_sha256: str
    confidence: int
    tlp: str
    valid_from: str
    valid_until: str


@dataclass(frozen=True)
class Match:
    """A partner's indicator that stands in our own tables: the value (ours, never theirs), and how many accounts touched it."""

    kind: str
    value: str
    accounts: int
    confidence: int
    tlp: str


def read_key(path: Path) -> bytes:
    """The shared secret: a file of base64 or hex text, or of raw bytes. Raises UsageError when it is absent or too short."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the shared key cannot be read ({error.strerror}). Make one: openssl rand -base64 32 > {path}") from error
    text = content.strip()
    try:
        key = base64.b64decode(text, validate=True) if len(text) >= 4 else b""
    except ValueError:
        key = text
    if len(key) < SHORTEST_KEY:
        raise UsageError(f"{path}: holds {len(key)} bytes, a shared key needs {SHORTEST_KEY}. Make one: openssl rand -base64 32 > {path}")
    return key


def keyed(key: bytes, kind: str, value: str) -> str:
    """HMAC-SHA-256 (hex) of `value` as a thing of `kind`."""
    return hmac.digest(key, f"{FORMAT}\x1f{kind}\x1f{value}".encode("utf-8", "surrogatepass"), hashlib.sha256).hex()


def of_snapshot(workspace: Workspace, snap: Snapshot, key: bytes, tlp: Tlp, days: int, cluster: str | None = None) -> list[Indicator]:
    """Indicators of what members of suspected (flagged) clusters share beyond chance, or of one cluster.

    Confidence follows the false discovery rate. Raises UsageError for an unknown cluster, StorageError.
    """
    chosen = [c["cluster_id"] for c in snap.clusters() if (c["cluster_id"] == cluster if cluster else c["flagged"])]
    if cluster and not chosen:
        raise UsageError(f"{cluster}: no such cluster in snapshot {snap.snapshot_id}. `clew clusters` lists those that exist.")
    shared = (
        snap.frame("cluster_entities")
        .filter(pl.col("cluster_id").is_in(chosen), pl.col("q_value") < 0.05)
        .join(snap.frame("entities").filter(pl.col("kind").is_in(list(KINDS))), on="entity_id")
        .group_by("entity_id", "kind", "label")
        .agg(pl.col("q_value").min())
        .collect()
    )
    until = snapshot.window(snap.manifest)[1].date()
    signed = _sentences(workspace, snap, shared)
    made = set()
    for entity, kind, label, q in shared.select("entity_id", "kind", "label", "q_value").iter_rows():
        value = signed.get(entity) if kind == "sentence" else label
        if value is not None:
            name = KINDS[kind][0]
            facts = (85 if q < 0.001 else 60, tlp.value, until.isoformat(), (until + dt.timedelta(days=days)).isoformat())
            made.add(Indicator(name, keyed(key, name, value), *facts))
    return sorted(made)


def _sentences(workspace: Workspace, snap: Snapshot, shared: pl.DataFrame) -> dict[int, str]:
    """entity_id → the signature of the sentence, found again in the stored fragments: a snapshot's label is the wording."""
    wanted = shared.filter(pl.col("kind") == "sentence").select("entity_id")
    if wanted.is_empty():
        return {}
    first, until = snapshot.window(snap.manifest)
    stored = tables.scan(workspace, tables.current(workspace), "fragments", first.date(), until.date())
    values = stored.select(value=KINDS["sentence"][2]).unique()
    found = values.with_columns(entity_id=identity("sentence")).join(wanted.lazy(), on="entity_id", how="semi").collect(engine="streaming")
    return dict(found.select("entity_id", "value").iter_rows())


def as_csv(indicators: Iterable[Indicator]) -> bytes:
    """RFC 4180 with a head line; every field is of a closed form, so no spreadsheet takes one for a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([field.name for field in fields(Indicator)])
    writer.writerows(astuple(each) for each in indicators)
    return buffer.getvalue().encode()


def as_stix(indicators: Iterable[Indicator]) -> bytes:
    """A STIX 2.1 bundle of indicators whose pattern names the keyed value alone."""
    every = list(indicators)
    labels = sorted({each.tlp for each in every})
    objects = [stix_marking(Tlp(tlp)) for tlp in labels] + [_stix(each) for each in every]
    return files.json_bytes({"type": "bundle", "id": f"bundle--{_uuid(json.dumps([asdict(e) for e in every]))}", "objects": objects})


def _uuid(text: str) -> str:
    return ids.of_text(f"{FORMAT}\x1f{text}")


def _stix(each: Indicator) -> dict[str, Any]:
    when = f"{each.valid_from}T00:00:00.000Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{_uuid(f'{each.kind} {each.hmac_sha256} {each.valid_from}')}",
        "created": when,
        "modified": when,
        "name": f"Keyed {each.kind} of suspected clusters",
        "description": "HMAC-SHA-256 of a value under a key that two parties share; suspected, not confirmed.",
        "indicator_types": ["anomalous-activity"],
        "pattern": f"[x-clew-indicator:kind = '{each.kind}' AND x-clew-indicator:hmac_sha256 = '{each.hmac_sha256}']",
        "pattern_type": "stix",
        "valid_from": when,
        "valid_until": f"{each.valid_until}T00:00:00.000Z",
        "confidence": each.confidence,
        "object_marking_refs": [MEANINGS[Tlp(each.tlp)].marking],
    }


def read(path: Path) -> list[Indicator]:
    """Indicators from a CSV or STIX file of a partner, checked field by field. Raises DataRefused naming the first bad one, UsageError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}). Name a file that `clew indicators export` wrote.") from error
    except UnicodeDecodeError as error:
        raise DataRefused(f"{path}: is not UTF-8 text. Ask the sender for the file again.") from error
    rows = _from_stix(path, text) if text.lstrip().startswith("{") else _from_csv(path, text)
    if len(rows) > MOST:
        raise DataRefused(f"{path}: holds {len(rows):,} indicators, more than {MOST:,}. Split it.")
    return sorted({_checked(path, place, row) for place, row in enumerate(rows, start=1)})


def _from_csv(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        reader = csv.DictReader(io.StringIO(text), strict=True)
        if list(reader.fieldnames or []) != [field.name for field in fields(Indicator)]:
            raise csv.Error("its head line is another")
        return [dict(row) for row in reader]
    except csv.Error as error:
        raise DataRefused(f"{path}: is no CSV ({error}). Ask the sender for the file again.") from error


def _from_stix(path: Path, text: str) -> list[dict[str, Any]]:
    marked = {meaning.marking: tlp.value for tlp, meaning in MEANINGS.items()}
    try:
        objects = [each for each in json.loads(text)["objects"] if each["type"] == "indicator"]
        found = [(each, _PATTERN.fullmatch(each["pattern"])) for each in objects]
        return [
            {
                "kind": match[1],
                "hmac_sha256": match[2],
                "confidence": each["confidence"],
                "tlp": next((marked[ref] for ref in each["object_marking_refs"] if ref in marked), ""),
                "valid_from": each["valid_from"][:10],
                "valid_until": each["valid_until"][:10],
            }
            for each, match in found
            if match
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataRefused(
            f"{path}: is no STIX bundle of keyed indicators ({type(error).__name__}). Ask the sender for it again."
        ) from error


def _checked(path: Path, place: int, row: dict[str, Any]) -> Indicator:
    try:
        made = Indicator(**{field.name: row[field.name] for field in fields(Indicator)})
        whole = int(made.confidence)
        right = (
            made.kind in {name for name, _, _ in KINDS.values()} and re.fullmatch(r"[0-9a-f]{64}", made.hmac_sha256) and 0 <= whole <= 100
        )
        Tlp(made.tlp)
        first, until = (dt.date.fromisoformat(day) for day in (made.valid_from, made.valid_until) if _DAY.fullmatch(day))
    except (KeyError, TypeError, ValueError) as error:
        raise DataRefused(f"{path}: indicator {place} lacks a field or holds a wrong one. Ask the sender for the file again.") from error
    if not right or first > until:
        raise DataRefused(f"{path}: indicator {place} is of an unknown form. Ask the sender for the file again.")
    return Indicator(made.kind, made.hmac_sha256, whole, made.tlp, made.valid_from, made.valid_until)


def match(workspace: Workspace, indicators: Iterable[Indicator], key: bytes, day: dt.date) -> list[Match]:
    """Which of our own stored values the indicators name, valid on `day`; most accounts first. Raises StorageError."""
    valid: dict[tuple[str, str], Indicator] = {}
    for each in sorted(indicators):
        if each.valid_from <= day.isoformat() <= each.valid_until:
            valid[each.kind, each.hmac_sha256] = each
    stored = tables.current(workspace)
    found = []
    for name, table, value in KINDS.values():
        if any(kind == name for kind, _ in valid):
            own = tables.scan(workspace, stored, table).select("account_id", value=value).drop_nulls().unique()
            counted = own.group_by("value").agg(accounts=pl.len()).collect(engine="streaming")
            for text, accounts in counted.iter_rows():
                if hit := valid.get((name, keyed(key, name, text))):
                    found.append(Match(name, text, accounts, hit.confidence, hit.tlp))
    return sorted(found, key=lambda m: (-m.accounts, m.kind, m.value))


def store(workspace: Workspace, indicators: list[Indicator]) -> Path:
    """Keep a partner's indicators in WORKSPACE/indicators, by content: the same file twice is kept once. Raises StorageError."""
    content = as_csv(indicators)
    path = workspace.root / "indicators" / f"{hashlib.sha256(content).hexdigest()[:16]}.csv"
    files.write_bytes(path, content)
    return path


def stored(workspace: Workspace) -> list[Indicator]:
    """Every indicator that was imported. Raises DataRefused where a file was damaged."""
    folder = workspace.root / "indicators"
    return sorted({each for path in sorted(folder.glob("*.csv")) for each in read(path)})
