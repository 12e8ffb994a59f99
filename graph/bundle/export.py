"""One cluster of one snapshot as a signed evidence bundle. Which files it holds is the list EXPORTERS."""

import os
import secrets
import tempfile
from dataclasses import replace
from pathlib import Path

from graph.bundle import bag, minisign, signing
from graph.bundle.dossier import Dossier, Exporter, gather
from graph.bundle.exporters import case, crate, findings, gexf, graphml, legal, misp, pdf, prov, readme, record, report, stix, tables
from graph.bundle.redact import redact
from graph.bundle.redaction import Redaction
from graph.bundle.tlp import USUAL, Tlp, label
from graph.errors import UsageError
from graph.progress import Progress, Silent
from graph.store.files import fsync_folder, storage_errors
from graph.store.snapshot import Snapshot, window
from graph.store.workspace import Workspace

SILENT = Silent()

# One exporter per artifact. Each takes a redacted dossier and yields paths below data/ with their content; where the dossier holds
# nothing that it may show, it yields nothing.
EXPORTERS: tuple[Exporter, ...] = (
    readme.export,
    report.export,
    pdf.export,
    findings.export,
    tables.export,
    graphml.export,
    gexf.export,
    stix.export,
    misp.export,
    case.export,
    prov.export,
    record.export,
    legal.export,
)


def export_bundle(
    workspace: Workspace,
    snap: Snapshot,
    cluster_id: str,
    out: Path,
    *,
    redaction: Redaction = Redaction.PSEUDONYMOUS,
    recipient: str | None = None,
    tlp: Tlp | None = None,
    sign_key: Path | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the evidence bundle of `cluster_id` to the file `out` and return that path.

    recipient: pseudonyms are made with a key of this recipient's own. tlp: with whom it may be shared; None is USUAL for the redaction.
    The same snapshot, tables, redaction, recipient, label and key give the same bytes. Always signed: with `sign_key` (Ed25519, PEM), or
    else with the workspace's own key, made on first use. A reader of `out` sees the old file or the new one, never a part.
    Raises UsageError for an unknown cluster or an unfit key, StorageError.
    """
    if out.is_dir():
        raise UsageError(f"{out}: is a folder. Name the file to write, for instance {out / f'{cluster_id}.zip'}.")
    progress.stage("gather")
    dossier = gather(workspace, snap, cluster_id)
    key = sign_key or signing.workspace_key(workspace)
    signing.private_key(key)  # an unfit key fails before the work, not after it
    progress.stage("redact")
    shown = replace(redact(dossier, redaction, workspace, recipient), tlp=tlp or USUAL[redaction])
    with storage_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            _write(shown, Path(folder), key, out, progress)
    progress.note("bundle written", path=str(out), bytes=out.stat().st_size, redaction=redaction.value)
    return out


def _write(dossier: Dossier, folder: Path, key: Path, out: Path, progress: Progress) -> None:
    progress.stage("export", len(EXPORTERS))
    payload = []
    for exporter in EXPORTERS:
        payload += [bag.stage(folder, f"data/{path}", chunks) for path, chunks in exporter(dossier)]
        progress.advance()
    payload.append(bag.stage(folder, f"data/{crate.PATH}", [crate.metadata(dossier, payload)]))
    files = bag.seal(folder, payload, _info(dossier))
    files += _signed(dossier, folder, files, key)
    progress.stage("archive")
    holding = folder / f"{secrets.token_hex(4)}.zip"
    bag.archive(folder, _root(dossier.cluster_id), files, holding)
    with holding.open("rb") as handle:
        os.fsync(handle.fileno())
    holding.replace(out)
    fsync_folder(out.parent)


def _root(cluster_id: str) -> str:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in cluster_id)
    return f"clew-{safe[:80]}"


def _info(dossier: Dossier) -> list[tuple[str, str]]:
    first, until = window(dossier.manifest)
    return [
        ("Bag-Software-Agent", f"Clew {record.software()['clew']}"),
        ("Bagging-Date", until.date().isoformat()),
        ("External-Description", f"Evidence on a suspected cluster of accounts, {first.date()} to {until.date()}"),
        ("External-Identifier", bag.one_line(dossier.cluster_id)),
        ("Internal-Sender-Identifier", bag.one_line(dossier.snapshot_id)),
        ("Redaction", dossier.redaction.value),
        *([("Recipient", bag.one_line(dossier.recipient))] if dossier.recipient else []),
        ("Traffic-Light-Protocol", label(dossier.tlp)),
    ]


def _signed(dossier: Dossier, folder: Path, files: list[bag.Staged], key_file: Path) -> list[bag.Staged]:
    key = signing.private_key(key_file)
    sealed = {file.path: file.digests for file in files}
    subjects = {f"tagmanifest-{name}.txt": {name: sealed[f"tagmanifest-{name}.txt"][name]} for name in bag.ALGORITHMS}
    named = {
        "cluster_id": dossier.cluster_id,
        "snapshot_id": dossier.snapshot_id,
        "redaction": dossier.redaction.value,
        "tlp": label(dossier.tlp),
    }
    predicate = {key: bag.one_line(value) for key, value in named.items()}
    envelope = signing.sign(signing.statement(subjects, predicate), key)
    seal = (folder / minisign.SIGNED).read_bytes()
    comment = " ".join(f"{name}:{value}" for name, value in sorted(predicate.items()))
    return [
        bag.stage(folder, bag.SIGNATURE_FILE, [envelope]),
        bag.stage(folder, bag.PUBLIC_KEY_FILE, [signing.public_pem(key.public_key())]),
        bag.stage(folder, bag.MINISIGN_FILE, [minisign.sign(seal, comment, key)]),
        bag.stage(folder, bag.MINISIGN_KEY_FILE, [minisign.public_file(key.public_key())]),
    ]
