"""Names for things in the formats of others: the same thing has the same name in every file of one bundle, and tells nothing by it."""

import hashlib
import uuid

from graph.bundle.dossier import Dossier


def named(dossier: Dossier, kind: str, value: str) -> str:
    """A UUID (version 4 in form) for a thing of this bundle.

    It is drawn from the bundle's own ids and from what readers of the bundle may see anyway, so it can be tried out only by who has
    the bundle. STIX asks for version 4 on its objects; an id must not change when the same bundle is made again.
    """
    text = "\x1f".join(("clew", dossier.cluster_id, dossier.snapshot_id, dossier.redaction.value, kind, value))
    return of_text(text)


def of_text(text: str) -> str:
    """A UUID (version 4 in form) drawn from `text`."""
    return str(uuid.UUID(bytes=hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16], version=4))
