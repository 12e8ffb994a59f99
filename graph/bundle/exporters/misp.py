"""The cluster as a MISP event, for teams that exchange through MISP. It is not published and correlates nothing by itself."""

from collections.abc import Iterator
from typing import Any

from graph.bundle import claims as claimed
from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.ids import named
from graph.bundle.tlp import label
from graph.store.files import json_bytes
from graph.store.snapshot import window
from graph.text import clip, visible

_ORGANISATION_ONLY, _UNDEFINED, _COMPLETE = "0", "4", "2"
_TYPES = {"address": "ip-src", "network": "ip-src"}  # where the label is the value itself; else free text


def export(dossier: Dossier) -> Iterator[Artifact]:
    """misp/event.json."""
    yield "misp/event.json", [json_bytes({"Event": _event(dossier)})]


def _event(dossier: Dossier) -> dict[str, Any]:
    until = window(dossier.manifest)[1]
    return {
        "uuid": named(dossier, "misp", "event"),
        "info": f"Suspected cluster {visible(dossier.cluster_id)} of {dossier.cluster['accounts']:,} accounts",
        "date": until.date().isoformat(),
        "timestamp": str(int(until.timestamp())),
        "threat_level_id": _UNDEFINED,
        "analysis": _COMPLETE,
        "distribution": _ORGANISATION_ONLY,
        "published": False,
        "Orgc": {"name": "Clew", "uuid": named(dossier, "misp", "organisation")},
        "Tag": [{"name": label(dossier.tlp).lower()}, {"name": 'estimative-language:likelihood-probability="likely"'}],
        "Attribute": [*_accounts(dossier), *_entities(dossier), *_texts(dossier)],
    }


def _attribute(dossier: Dossier, kind: str, category: str, value: str, comment: str) -> dict[str, Any]:
    return {
        "uuid": named(dossier, "misp", f"{kind} {category} {value} {comment}"),
        "type": kind,
        "category": category,
        "value": value,
        "comment": comment,
        "to_ids": False,  # a shared address names a place that others use as well
        "disable_correlation": True,
        "distribution": _ORGANISATION_ONLY,
        "timestamp": str(int(window(dossier.manifest)[1].timestamp())),
    }


def _accounts(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for account, bits in dossier.accounts.sort("account_id").select("account_id", "bits").iter_rows():
        yield _attribute(dossier, "text", "Attribution", visible(account), f"account; {bits or 0:.1f} bits of evidence for its membership")


def _entities(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for row in claimed.strongest_entities(dossier, claimed.ENTITIES_PER_CHANNEL).iter_rows(named=True):
        plain = dossier.redaction.value == "full" and row["kind"] in _TYPES and row["label"]
        kind, category = (_TYPES[row["kind"]], "Network activity") if plain else ("text", "Attribution")
        comment = f"{claimed.word(row['channel'])}: {visible(row['kind'] or 'entity')} shared by {row['members']:,} accounts"
        yield _attribute(dossier, kind, category, clip(visible(row["label"] or "(no label)"), 1000), comment)


def _texts(dossier: Dossier) -> Iterator[dict[str, Any]]:
    said = claimed.suspicion(dossier)
    yield _attribute(
        dossier, "comment", "Other", f"{said['statement']} Confidence: {said['confidence']}.", "suspected; software confirms nothing"
    )
    for sentence in said["counter_evidence"]:
        yield _attribute(dossier, "comment", "Other", sentence, "speaks against it")
