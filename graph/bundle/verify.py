"""Whether a bundle is what its signer sealed: every digest, every file, the signature. Nothing is written to disk."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from graph.bundle import minisign, signing
from graph.bundle.bag import ALGORITHMS, BAGIT_TXT, MINISIGN_FILE, MINISIGN_KEY_FILE, PUBLIC_KEY_FILE, SIGNATURE_FILE
from graph.bundle.zipfiles import Entry, Fault, content, digests, read_entries
from graph.errors import UsageError
from graph.store.files import storage_errors
from graph.text import clip, visible

_TAG_FILES = ("bag-info.txt", "bagit.txt", *(f"manifest-{name}.txt" for name in ALGORITHMS))
_SEALS = tuple(f"tagmanifest-{name}.txt" for name in ALGORITHMS)
_SIGNATURES = (SIGNATURE_FILE, PUBLIC_KEY_FILE, MINISIGN_FILE, MINISIGN_KEY_FILE)
_MOST_TAG_BYTES = 8 << 20
_LINE = re.compile(r"([0-9a-f]+)  (\S(?:.*\S)?)")


@dataclass(frozen=True)
class Verdict:
    """What verification found. `fault` is the first thing wrong, as a sentence; empty where all holds.

    facts: cluster_id, snapshot_id, redaction, tlp, signer_key_id, signer_checked (whether against a trusted key), files, bytes.
    """

    ok: bool
    fault: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """One or two sentences for a person."""
        if not self.ok:
            return self.fault
        if self.facts["signer_checked"]:
            return "Everything holds: all digests, and the signature by the trusted key."
        return (
            "All digests and the signature hold, but the signer is not checked against a trusted key:"
            " anyone can sign with a key of their own. Repeat with --trust and the public key that the sender gave you another way."
        )


@dataclass(frozen=True)
class _Bag:
    handle: BinaryIO
    entries: dict[str, Entry]  # by path relative to the bag
    sums: dict[str, dict[str, str]]  # of every file but the signatures


def verify_bundle(path: Path, trust: Path | None = None, newest: str | None = None) -> Verdict:
    """Check the bundle at `path`; with `trust`, that this public key (PEM) signed it, within the days its file names (signing.Validity).

    newest: the id of the newest snapshot known; a bundle of an older one is refused, lest an outdated export pass for the present one.

    A bad bundle is a verdict, not an error. Raises UsageError when `trust` is no Ed25519 key or `path` no file, StorageError.
    """
    trusted = signing.public_key_of(trust) if trust else None
    validity = signing.validity_of(trust) if trust else signing.Validity()
    if not path.is_file():
        raise UsageError(f"{path}: no such file. Name the zip that `clew export` wrote.")
    try:
        with storage_errors(path), path.open("rb") as handle:
            bag = _open(handle)
            _check_bag(bag)
            facts = _check_signature(bag, trusted, validity, newest)
    except Fault as fault:
        return Verdict(False, clip(visible(str(fault)), 500))
    size = sum(entry.size for entry in bag.entries.values())
    return Verdict(True, "", {**facts, "files": len(bag.entries), "bytes": size})


def _open(handle: BinaryIO) -> _Bag:
    entries = read_entries(handle)
    roots = {entry.name.split("/")[0] for entry in entries}
    if len(roots) != 1 or any("/" not in entry.name for entry in entries):
        raise Fault(f"The archive must hold one folder and nothing beside it; it holds {len(roots)} roots.")
    inside = {entry.name.split("/", 1)[1]: entry for entry in entries}
    _check_listing(inside)
    return _Bag(handle, inside, {name: digests(handle, entry) for name, entry in inside.items() if name not in _SIGNATURES})


def _check_listing(names: dict[str, Entry]) -> None:
    if "fetch.txt" in names:
        raise Fault("fetch.txt: the bundle points to content elsewhere; evidence must be inside it.")
    for name in (*_TAG_FILES, *_SEALS):
        if name not in names:
            raise Fault(f"{name}: is missing.")
    for name in names:
        if not name.startswith("data/") and name not in (*_TAG_FILES, *_SEALS, *_SIGNATURES):
            raise Fault(f"{name}: is listed in no manifest.")


def _text(bag: _Bag, name: str) -> str:
    try:
        return content(bag.handle, bag.entries[name], _MOST_TAG_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise Fault(f"{name}: is not UTF-8 text.") from None


def _check_bag(bag: _Bag) -> None:
    if content(bag.handle, bag.entries["bagit.txt"], _MOST_TAG_BYTES) != BAGIT_TXT:
        raise Fault("bagit.txt: does not declare a BagIt 1.0 bag in UTF-8.")
    payload = {name for name in bag.entries if name.startswith("data/")}
    for algorithm in ALGORITHMS:
        _check_manifest(bag, f"tagmanifest-{algorithm}.txt", algorithm, set(_TAG_FILES))
        _check_manifest(bag, f"manifest-{algorithm}.txt", algorithm, payload)
    oxum = f"{sum(bag.entries[name].size for name in payload)}.{len(payload)}"
    if _info(bag).get("Payload-Oxum") != oxum:
        raise Fault(f"bag-info.txt: Payload-Oxum is not {oxum}, the payload's size and number of files.")


def _check_manifest(bag: _Bag, manifest: str, algorithm: str, expected: set[str]) -> None:
    listed = _listed(_text(bag, manifest), manifest)
    for name in sorted(set(listed) - set(bag.entries)):
        raise Fault(f"{name}: is missing; {manifest} lists it.")
    for name in sorted(expected - set(listed)):
        raise Fault(f"{name}: is not listed in {manifest}.")
    for name in sorted(set(listed) - expected):
        raise Fault(f"{name}: has no place in {manifest}.")
    for name, digest in listed.items():
        if bag.sums[name][algorithm] != digest:
            raise Fault(f"{name}: was changed; its content does not match {manifest}.")


def _listed(text: str, manifest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if not text.endswith("\n"):
        raise Fault(f"{manifest}: its last line is cut short.")
    for number, line in enumerate(text[:-1].split("\n"), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Fault(f"{manifest}: line {number} is malformed.")
        digest, name = match.groups()
        if name in found:
            raise Fault(f"{manifest}: lists {name} twice.")
        found[name] = digest
    return found


def _info(bag: _Bag) -> dict[str, str]:
    pairs = [line.split(": ", 1) for line in _text(bag, "bag-info.txt").splitlines()]
    if any(len(pair) != 2 for pair in pairs) or len({pair[0] for pair in pairs}) != len(pairs):
        raise Fault("bag-info.txt: is malformed.")
    return {pair[0]: pair[1] for pair in pairs}


def _check_signature(bag: _Bag, trusted: Ed25519PublicKey | None, validity: signing.Validity, newest: str | None) -> dict[str, Any]:
    if missing := [name for name in _SIGNATURES if name not in bag.entries]:
        raise Fault(f"{missing[0]}: is missing. The digests hold, but the bundle is not signed; every export is, so this was removed.")
    envelope, inside, brief, brief_key = (content(bag.handle, bag.entries[name], _MOST_TAG_BYTES) for name in _SIGNATURES)
    try:
        key = trusted or signing.parse_public(inside)
        statement = signing.open_envelope(envelope, key)
    except signing.BadSignature as error:
        by = "by the trusted key" if trusted else "by the key inside the bundle"
        raise Fault(f"{SIGNATURE_FILE}: is not a valid signature {by} ({error}).") from error
    if inside != signing.public_pem(key):
        raise Fault(f"{PUBLIC_KEY_FILE}: is not the key that signed the bundle.")
    _check_subjects(bag, statement)
    if brief_key != minisign.public_file(key):
        raise Fault(f"{MINISIGN_KEY_FILE}: is not the key that signed the bundle.")
    try:
        minisign.check(_text(bag, minisign.SIGNED).encode(), brief, key)
    except signing.BadSignature as error:
        raise Fault(f"{MINISIGN_FILE}: is not a valid signature by the same key ({error}).") from error
    _check_time(bag, validity, newest)
    return {**_signed_facts(bag, statement), "signer_key_id": signing.key_id(key), "signer_checked": trusted is not None}


def _check_time(bag: _Bag, validity: signing.Validity, newest: str | None) -> None:
    """The night a bundle is of, by what was signed: within the key's days, and not before the newest one known."""
    info = _info(bag)
    day, snapshot = info.get("Bagging-Date", ""), info.get("Internal-Sender-Identifier", "")
    if validity.since and day < validity.since:
        raise Fault(f"The bundle is of {day}; the trusted key signs from {validity.since} on.")
    if validity.until and day > validity.until:
        raise Fault(f"The bundle is of {day}; the trusted key expired on {validity.until}.")
    if newest and snapshot < newest:
        raise Fault(f"The bundle is of snapshot {snapshot}, an older export than {newest}, the newest one known.")


def _check_subjects(bag: _Bag, statement: dict[str, Any]) -> None:
    """The signed statement must name exactly the tag manifests, with the digests they have."""
    wanted = [{"name": name, "digest": {name[12:-4]: bag.sums[name][name[12:-4]]}} for name in _SEALS]
    if statement.get("subject") != wanted:
        raise Fault("The signature is about other content: the bundle's manifests were rewritten after it was signed.")


def _signed_facts(bag: _Bag, statement: dict[str, Any]) -> dict[str, Any]:
    predicate, info = statement.get("predicate"), _info(bag)
    said = {key: predicate.get(key) for key in ("cluster_id", "snapshot_id", "redaction", "tlp")} if isinstance(predicate, dict) else {}
    told = {
        "cluster_id": "External-Identifier",
        "snapshot_id": "Internal-Sender-Identifier",
        "redaction": "Redaction",
        "tlp": "Traffic-Light-Protocol",
    }
    if any(said.get(key) != info.get(label) for key, label in told.items()):
        raise Fault("bag-info.txt: names another cluster, snapshot, redaction or label than the signature does.")
    return said
