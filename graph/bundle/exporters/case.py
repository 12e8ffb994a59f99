"""The cluster in CASE 1.5 / UCO 1.4 (JSON-LD), for forensic tools: accounts, shared entities, links, the run as an investigative action."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters.record import versions
from graph.bundle.ids import named
from graph.store.files import json_bytes
from graph.store.snapshot import window
from graph.text import clip, visible

MOST_LINKS = 20_000
_UCO = "https://ontology.unifiedcyberontology.org/uco/"
_CONTEXT = {
    "kb": "urn:uuid:",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    **{f"uco-{name}": f"{_UCO}{name}/" for name in ("core", "action", "observable", "identity", "tool", "types")},
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def export(dossier: Dossier) -> Iterator[Artifact]:
    """case/case.jsonld."""
    tool, action = _tool(dossier), _action(dossier)
    things = [*_accounts(dossier), *_entities(dossier), *_links(dossier)]
    action["uco-action:result"] = [{"@id": record} for record in [_id(dossier, "record", "provenance")]]
    record = _node(dossier, "case-investigation:ProvenanceRecord", "record", "provenance")
    record["uco-core:object"] = [{"@id": thing["@id"]} for thing in things] or [{"@id": tool["@id"]}]
    record["uco-core:description"] = "Suspected cluster of accounts; suspected until a named person confirms it."
    yield "case/case.jsonld", [json_bytes({"@context": _CONTEXT, "@graph": [tool, action, record, *things]})]


def _id(dossier: Dossier, kind: str, value: str) -> str:
    return f"kb:{named(dossier, f'case {kind}', value)}"


def _node(dossier: Dossier, kind: str, group: str, value: str) -> dict[str, Any]:
    return {"@id": _id(dossier, group, value), "@type": kind}


def _facet(dossier: Dossier, kind: str, value: str, **fields: Any) -> dict[str, Any]:
    shown = {f"uco-observable:{key}": said for key, said in fields.items()}
    return {**_node(dossier, f"uco-observable:{kind}", "facet", f"{kind} {value}"), **shown}


def _tool(dossier: Dossier) -> dict[str, Any]:
    return {**_node(dossier, "uco-tool:AnalyticTool", "tool", "clew"), "uco-core:name": "Clew", "uco-tool:version": versions()}


def _action(dossier: Dossier) -> dict[str, Any]:
    until = window(dossier.manifest)[1].isoformat()
    return {
        **_node(dossier, "case-investigation:InvestigativeAction", "action", "analysis"),
        "uco-core:name": f"Analysis {visible(dossier.snapshot_id)}",
        "uco-action:endTime": {"@type": "xsd:dateTime", "@value": until},
        "uco-action:instrument": {"@id": _id(dossier, "tool", "clew")},
    }


def _accounts(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for account in sorted(dossier.accounts["account_id"]):
        facet = _facet(dossier, "AccountFacet", account, accountIdentifier=visible(account))
        yield {**_node(dossier, "uco-observable:UserAccount", "account", account), "uco-core:hasFacet": facet}


def _entities(dossier: Dossier) -> Iterator[dict[str, Any]]:
    for entity, kind, label in dossier.entities.select("entity_id", "kind", "label").sort("entity_id").iter_rows():
        node = _node(dossier, "uco-observable:ObservableObject", "entity", str(entity))
        yield {
            **node,
            "uco-core:name": clip(visible(label or "(no label)"), 400),
            "uco-core:description": f"Shared entity of kind {visible(kind or 'unknown')}",
        }


def _links(dossier: Dossier) -> Iterator[dict[str, Any]]:
    """Each link as a relationship; the strongest where there are very many (evidence/links.csv holds all)."""
    shown = dossier.links.sort("bits", "account_id", "entity_id", descending=[True, False, False]).head(MOST_LINKS)
    known = set(dossier.entities["entity_id"])
    for account, entity, channel, bits in shown.select("account_id", "entity_id", pl.col("channel"), "bits").iter_rows():
        if entity in known:
            yield {
                **_node(dossier, "uco-observable:ObservableRelationship", "link", f"{account} {entity}"),
                "uco-core:source": {"@id": _id(dossier, "account", account)},
                "uco-core:target": {"@id": _id(dossier, "entity", str(entity))},
                "uco-core:kindOfRelationship": "Related_To",
                "uco-core:isDirectional": False,
                "uco-core:description": f"{channel}; {bits:.3f} bits of evidence",
            }
