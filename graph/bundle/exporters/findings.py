"""Claims, one JSON object a line, and the limits in words."""

import json
from collections.abc import Iterator

from graph.bundle.claims import claims
from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.limits import limitations


def export(dossier: Dossier) -> Iterator[Artifact]:
    """findings/claims.jsonl and findings/limitations.md."""
    lines = (json.dumps(claim, sort_keys=True, ensure_ascii=False, allow_nan=False) for claim in claims(dossier))
    yield "findings/claims.jsonl", ["".join(f"{line}\n" for line in lines).encode()]
    body = "\n".join(f"- {sentence}" for sentence in limitations(dossier))
    yield "findings/limitations.md", [f"# What this bundle cannot show\n\n{body}\n".encode()]
