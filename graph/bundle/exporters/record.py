"""How the result came about: the run to repeat, the chain of custody, and what was redacted."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.redaction import Redaction
from graph.store.files import json_bytes
from graph.store.snapshot import window


def software() -> dict[str, str]:
    """Versions of what wrote the bundle."""
    return {name: version(name) for name in ("clew", "polars")}


def versions() -> str:
    """The same in one line."""
    return " ".join(f"{name} {number}" for name, number in sorted(software().items()))


def export(dossier: Dossier) -> Iterator[Artifact]:
    """repro/run.json, custody/custody.jsonl and redaction/redaction.json."""
    yield "repro/run.json", [json_bytes({"cluster": dossier.cluster, "snapshot": dossier.manifest, "exported_with": software()})]
    lines = (json.dumps(step, sort_keys=True, ensure_ascii=False) for step in _custody(dossier))
    yield "custody/custody.jsonl", ["".join(f"{line}\n" for line in lines).encode()]
    yield "redaction/redaction.json", [json_bytes(dossier.record)]


def _custody(dossier: Dossier) -> Iterator[dict[str, Any]]:
    """From the files that were read to this bundle. Each step names its digest where there is one; files without their folders."""
    for source in dossier.sources:
        named = {"name": re.split(r"[/\\]", str(source.get("name")))[-1]} if dossier.redaction is Redaction.FULL else {}
        yield {"step": "read", **{key: source.get(key) for key in ("table", "sha256", "rows")}, **named}
    first, until = window(dossier.manifest)
    yield {
        "step": "analysed",
        "snapshot_id": dossier.snapshot_id,
        "window_first": first.isoformat(),
        "window_until": until.isoformat(),
        "files": dossier.manifest.get("files", {}),
    }
    for made in dossier.decisions:
        yield {"step": "decided", **made}
    yield {
        "step": "exported",
        "cluster_id": dossier.cluster_id,
        "redaction": dossier.redaction.value,
        "software": software(),
        "sealed_by": "manifest-sha256.txt, tagmanifest-sha256.txt and signatures/bundle.dsse.json",
    }
