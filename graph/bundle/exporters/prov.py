"""Where the findings come from, in W3C PROV-JSON: files read, the run that derived a snapshot, who decided, the export."""

from collections.abc import Iterator
from typing import Any

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters.record import versions
from graph.store.files import json_bytes
from graph.store.snapshot import window
from graph.text import visible

_NAMESPACE = "urn:clew:prov:"


def export(dossier: Dossier) -> Iterator[Artifact]:
    """prov/prov.json."""
    yield "prov/prov.json", [json_bytes(_document(dossier))]


def _document(dossier: Dossier) -> dict[str, Any]:
    first, until = window(dossier.manifest)
    inputs = {f"clew:input-{number:04d}": source for number, source in enumerate(dossier.sources, start=1)}
    at = until.isoformat()
    people = {f"clew:decision-{made['number']}": made for made in dossier.decisions}
    relations: dict[str, Any] = {
        "used": {f"_:u{n}": {"prov:activity": "clew:analysis", "prov:entity": name} for n, name in enumerate([*inputs, *people])},
        "wasGeneratedBy": {
            "_:g1": {"prov:entity": "clew:snapshot", "prov:activity": "clew:analysis"},
            "_:g2": {"prov:entity": "clew:bundle", "prov:activity": "clew:export"},
        },
        "wasDerivedFrom": {"_:d0": {"prov:generatedEntity": "clew:bundle", "prov:usedEntity": "clew:snapshot"}}
        | {f"_:d{n}": {"prov:generatedEntity": "clew:snapshot", "prov:usedEntity": name} for n, name in enumerate(inputs, start=1)},
        "wasAssociatedWith": {
            "_:a1": {"prov:activity": "clew:analysis", "prov:agent": "clew:software"},
            "_:a2": {"prov:activity": "clew:export", "prov:agent": "clew:software"},
        },
    }
    if people:
        relations["wasAttributedTo"] = {f"_:p{n}": {"prov:entity": name, "prov:agent": f"{name}-by"} for n, name in enumerate(people)}
    agents = {
        f"{name}-by": {"prov:type": _qualified("prov:Person"), "clew:name": visible(str(made["by"]))} for name, made in people.items()
    }
    return {
        "prefix": {"clew": _NAMESPACE},
        "entity": {
            **{name: {"clew:table": str(s.get("table")), "clew:sha256": str(s.get("sha256"))} for name, s in inputs.items()},
            **{name: {"clew:kind": str(made["kind"]), "clew:time": str(made["time"])} for name, made in people.items()},
            "clew:snapshot": {"clew:id": visible(dossier.snapshot_id)},
            "clew:bundle": {"clew:cluster": visible(dossier.cluster_id), "clew:redaction": dossier.redaction.value},
        },
        "activity": {
            "clew:analysis": {
                "clew:window_first": first.isoformat(),
                "clew:window_until": at,
                "clew:seed": str(dossier.manifest.get("seed")),
            },
            "clew:export": {"clew:redaction": dossier.redaction.value},
        },
        "agent": {"clew:software": {"prov:type": _qualified("prov:SoftwareAgent"), "clew:version": versions()}, **agents},
        **relations,
    }


def _qualified(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}
