"""A template, to be filled in and signed by a qualified person, for authentication by hash."""

from collections.abc import Iterator

from graph.bundle.dossier import Artifact, Dossier
from graph.text import visible

_TEXT = """\
# Certification of records: template

For use under U.S. Federal Rules of Evidence 902(13) and 902(14). To be completed and signed by a qualified person.
Clew fills in no name and makes no declaration. Have counsel adapt this text before it is used.

- Evidence bundle of cluster: {cluster}
- Snapshot: {snapshot}
- Redaction: {redaction}
- SHA-256 of the file `tagmanifest-sha256.txt` in this bundle: ____________________
- Key id of the signature in `signatures/bundle.dsse.json`: ____________________

I, ____________________, declare:

1. My position is ____________________. I am qualified to make this certification by reason of ____________________.
2. The records named in `data/custody/custody.jsonl` were produced by an electronic process or system, namely
   ____________________, which produces an accurate result for the following reasons: ____________________.
3. The data in this bundle were copied from those records. Their digests, listed in the bundle's manifests, were compared by me on
   ____________________ by the steps in `data/README.txt` and agreed.
4. `data/findings/claims.jsonl` sets what was observed apart from what was inferred or is suspected. This certification covers
   the authenticity of the records. It does not cover the truth of any inference or suspicion.

I declare under penalty of perjury that the foregoing is true and correct.

Date: ____________________   Signature: ____________________
"""


def export(dossier: Dossier) -> Iterator[Artifact]:
    """legal/certification-902-13-14.template.md."""
    text = _TEXT.format(cluster=visible(dossier.cluster_id), snapshot=visible(dossier.snapshot_id), redaction=dossier.redaction.value)
    yield "legal/certification-902-13-14.template.md", [text.encode()]
