"""The cluster as a STIX 2.1 bundle: a grouping of suspicious activity, its accounts, what they share, and what speaks against it."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from graph.bundle import claims as claimed
from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.ids import named
from graph.bundle.reasons import number
from graph.bundle.tlp import MEANINGS, stix_marking
from graph.store.files import json_bytes
from graph.store.snapshot import window
from graph.text import clip, visible

_SCO_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, section 2.9
_CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}  # STIX 2.1 appendix A, "None / Low / Med / High"


def export(dossier: Dossier) -> Iterator[Artifact]:
    """stix/bundle.json."""
    objects = [stix_marking(dossier.tlp), _maker(dossier), *_accounts(dossier), *_notes(dossier)]
    refs = [each["id"] for each in objects if each["type"] in ("user-account", "note", "observed-data")]
    objects.append(_grouping(dossier, refs))
    yield "stix/bundle.json", [json_bytes({"type": "bundle", "id": f"bundle--{named(dossier, 'stix', 'bundle')}", "objects": objects})]


def instant(dossier: Dossier) -> str:
    """The end of the window: the only date that an export may know."""
    return f"{window(dossier.manifest)[1]:%Y-%m-%dT%H:%M:%S}.000Z"


def _object(dossier: Dossier, kind: str, value: str, **more: Any) -> dict[str, Any]:
    when = instant(dossier)
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{named(dossier, kind, value)}",
        "created": when,
        "modified": when,
        **({} if kind == "identity" else {"created_by_ref": _maker_id(dossier)}),
        "object_marking_refs": [MEANINGS[dossier.tlp].marking],
        **more,
    }


def _maker_id(dossier: Dossier) -> str:
    return f"identity--{named(dossier, 'identity', 'clew')}"


def _maker(dossier: Dossier) -> dict[str, Any]:
    return _object(
        dossier, "identity", "clew", name="Clew", identity_class="system", description="Software that links accounts by evidence."
    )


def _account_id(account: str) -> str:
    """The standard's own id: UUIDv5 of the properties shown. Of a pseudonym it tells no more than the pseudonym, which is keyed."""
    return (
        f"user-account--{uuid.uuid5(_SCO_NAMESPACE, json.dumps({'user_id': visible(account)}, ensure_ascii=False, separators=(',', ':')))}"
    )


def _accounts(dossier: Dossier) -> Iterable[dict[str, Any]]:
    """Every account as an observable, and that they were seen."""
    if dossier.accounts.is_empty():
        return
    for account in sorted(dossier.accounts["account_id"]):
        yield {
            "type": "user-account",
            "spec_version": "2.1",
            "id": _account_id(account),
            "user_id": visible(account),
            "object_marking_refs": [MEANINGS[dossier.tlp].marking],
        }
    first, until = window(dossier.manifest)
    yield _object(
        dossier,
        "observed-data",
        "accounts",
        first_observed=_seen(dossier.accounts["first_seen"].min(), first),
        last_observed=_seen(dossier.accounts["last_seen"].max(), until),
        number_observed=min(max(int(dossier.cluster["exchanges"]), 1), 999_999_999),
        object_refs=[_account_id(account) for account in sorted(dossier.accounts["account_id"])],
    )


def _seen(at: object, otherwise: dt.datetime) -> str:
    return f"{at if isinstance(at, dt.datetime) else otherwise:%Y-%m-%dT%H:%M:%S}.000Z"


def _notes(dossier: Dossier) -> Iterable[dict[str, Any]]:
    """One note for each of the strongest shared entities about the accounts that touch it; one for what speaks against the whole."""
    grouping = f"grouping--{named(dossier, 'grouping', 'cluster')}"
    touching = dict(dossier.links.group_by("entity_id").agg(pl.col("account_id").unique().sort()).iter_rows())
    for row in claimed.strongest_entities(dossier, claimed.ENTITIES_PER_CHANNEL).iter_rows(named=True):
        members = touching.get(row["entity_id"], [])
        about = [_account_id(account) for account in members] or [grouping]
        expected = f" By chance {number(row['expected'])} would be expected." if row["expected"] is not None else ""
        said = f"{row['members']:,} of {dossier.cluster['accounts']:,} accounts share the {claimed.entity_name(row)}.{expected}"
        abstract = f"{claimed.word(row['channel'])}: shared {clip(visible(row['kind'] or 'entity'), 60)}"
        yield _object(dossier, "note", f"entity {row['entity_id']}", abstract=abstract, content=said, object_refs=about)
    against = claimed.counter_evidence(dossier) or [claimed.NOTHING_AGAINST]
    yield _object(dossier, "note", "against", abstract="What speaks against it", content="\n".join(against), object_refs=[grouping])


def _grouping(dossier: Dossier, refs: list[str]) -> dict[str, Any]:
    said = claimed.suspicion(dossier)
    return _object(
        dossier,
        "grouping",
        "cluster",
        name=f"Suspected cluster {visible(dossier.cluster_id)}",
        context="suspicious-activity",
        description=f"{said['statement']} Suspected, confidence {said['confidence']}; software confirms nothing. {said['method']}.",
        confidence=_CONFIDENCE[said["confidence"]],
        object_refs=refs,
        labels=["suspected"],
    )
