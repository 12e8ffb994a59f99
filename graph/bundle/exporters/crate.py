"""The payload described as an RO-Crate 1.1, so that archives and repositories know every file. Made last: it lists the others."""

from typing import Any

from graph.bundle.bag import Staged
from graph.bundle.dossier import Dossier
from graph.bundle.exporters.record import software
from graph.bundle.tlp import MEANINGS, label
from graph.store.files import json_bytes
from graph.store.snapshot import window
from graph.text import visible

PATH = "ro-crate-metadata.json"
_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "jsonld": "application/ld+json",
    "md": "text/markdown",
    "txt": "text/plain",
    "pdf": "application/pdf",
    "parquet": "application/vnd.apache.parquet",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
}


def metadata(dossier: Dossier, payload: list[Staged]) -> bytes:
    """ro-crate-metadata.json over the staged files below data/."""
    files = sorted(payload, key=lambda file: file.path)
    return json_bytes({"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [*_head(dossier, files), *map(_file, files)]})


def _head(dossier: Dossier, files: list[Staged]) -> list[dict[str, Any]]:
    until = window(dossier.manifest)[1]
    return [
        {
            "@id": PATH,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"Evidence on suspected cluster {visible(dossier.cluster_id)}",
            "description": f"Signed evidence bundle of snapshot {visible(dossier.snapshot_id)}; redaction {dossier.redaction.value}.",
            "datePublished": until.date().isoformat(),
            "license": {"@id": "#terms"},
            "hasPart": [{"@id": _relative(file)} for file in files],
            "mentions": {"@id": "#analysis"},
        },
        {"@id": "#terms", "@type": "CreativeWork", "name": label(dossier.tlp), "description": MEANINGS[dossier.tlp].words},
        {
            "@id": "#analysis",
            "@type": "CreateAction",
            "name": "Analysis and export",
            "endTime": until.isoformat(),
            "instrument": {"@id": "#clew"},
            "result": {"@id": "./"},
        },
        {"@id": "#clew", "@type": "SoftwareApplication", "name": "Clew", "version": software()["clew"]},
    ]


def _relative(file: Staged) -> str:
    return file.path.removeprefix("data/")


def _file(file: Staged) -> dict[str, Any]:
    kind = _TYPES.get(file.path.rsplit(".", 1)[-1], "application/octet-stream")
    name = _relative(file)
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "encodingFormat": kind,
        "contentSize": str(file.size),
        "sha256": file.digests["sha256"],
    }
