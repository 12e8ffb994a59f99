"""Ed25519 signatures over a bundle's tag manifests: an in-toto Statement in a DSSE envelope, keys as PEM.

The tag manifests list the digests of the payload manifests, and those list every payload file: one signature covers all.
Sources: DSSE protocol v1 (pre-authentication encoding), in-toto Statement v1, RFC 8032, RFC 8410.
"""

import base64
import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.errors import UsageError
from graph.store.files import fsync_folder, json_bytes, storage_errors, write_bytes
from graph.store.workspace import Workspace

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:clew:evidence-bundle:v1"
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_MAKE_ONE = "Make one with `openssl genpkey -algorithm ed25519 -out KEY.pem`."


@dataclass(frozen=True)
class Validity:
    """First and last day (ISO) on which a key may sign; empty is without limit."""

    since: str = ""
    until: str = ""


class BadSignature(ValueError):
    """The envelope is malformed or was not signed by the key at hand; the text says which."""


def workspace_key(workspace: Workspace) -> Path:
    """The workspace's own signing key (PEM, mode 0600), made on first use; its public half lies beside it. Raises StorageError."""
    path = workspace.keys / "signing.pem"
    with storage_errors(path):
        if not path.exists():
            workspace.keys.mkdir(mode=0o700, exist_ok=True)
            _create_once(path, _private_pem(Ed25519PrivateKey.generate()))
        public = path.with_name("signing.pub.pem")
        if not public.exists():
            write_bytes(public, public_pem(public_key_of(path)))
    return path


def _create_once(path: Path, content: bytes) -> None:
    """Write `content` for the owner's eyes; where two processes race, the first one's file stays."""
    holding = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(holding, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        try:
            path.hardlink_to(holding)
        except FileExistsError:
            return
        fsync_folder(path.parent)
    finally:
        holding.unlink(missing_ok=True)


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The public key as PEM (SubjectPublicKeyInfo), as `openssl pkey -pubin` reads it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_key(path: Path) -> Ed25519PrivateKey:
    """Read an unencrypted Ed25519 private key. Raises UsageError when the file is absent or something else."""
    content = _key_bytes(path)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UsageError(f"{path}: is not an unencrypted private key in PEM form. {_MAKE_ONE}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: is not an Ed25519 key. {_MAKE_ONE}")
    return key


def public_key_of(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file, which may hold the public or the private half. Raises UsageError."""
    content = _key_bytes(path)
    if b"PRIVATE KEY" in content:
        return private_key(path).public_key()
    try:
        return parse_public(content)
    except BadSignature as error:
        raise UsageError(f"{path}: {error}. Name the signer's public key, as `openssl pkey -in KEY.pem -pubout` prints it.") from error


def validity_of(path: Path) -> Validity:
    """The days that a key file names before its PEM block, as `Valid-From: 2026-01-01` and `Valid-Until: 2026-12-31`.

    RFC 7468 (section 2) lets text stand there. Raises UsageError when a line is no date.
    """
    head = _key_bytes(path).split(b"-----BEGIN", 1)[0].decode("utf-8", "replace")
    said = dict(re.findall(r"^(Valid-From|Valid-Until):[ \t]*(.*?)[ \t\r]*$", head, re.MULTILINE))
    for name, day in said.items():
        if not _DAY.fullmatch(day):
            raise UsageError(f"{path}: {name} is no day. Write it like {name}: 2026-12-31.")
    return Validity(said.get("Valid-From", ""), said.get("Valid-Until", ""))


def _key_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the key cannot be read ({error.strerror}). Name an existing Ed25519 key in PEM form.") from error


def parse_public(content: bytes) -> Ed25519PublicKey:
    """A public key from PEM bytes. Raises BadSignature when it is no Ed25519 key."""
    try:
        key = serialization.load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature("no public key in PEM form") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadSignature("not an Ed25519 public key")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """SHA-256 (hex) of the key's DER form: `openssl pkey -pubin -in PEM -outform DER | sha256sum` prints the same."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def statement(digests: dict[str, dict[str, str]], predicate: dict[str, Any]) -> dict[str, Any]:
    """An in-toto Statement that names each file of `digests` ({name: {algorithm: hex}}) and says `predicate` about them."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": digests[name]} for name in sorted(digests)],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }


def _encoded(payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: what is really signed."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def sign(value: dict[str, Any], key: Ed25519PrivateKey) -> bytes:
    """A DSSE envelope (JSON bytes) around `value`. Ed25519 is deterministic: same value and key, same bytes."""
    payload = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    return _envelope(payload, key.sign(_encoded(payload)), key.public_key())


def _envelope(payload: bytes, signature: bytes, key: Ed25519PublicKey) -> bytes:
    return json_bytes(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"keyid": key_id(key), "sig": base64.b64encode(signature).decode()}],
        }
    )


def open_envelope(content: bytes, key: Ed25519PublicKey) -> dict[str, Any]:
    """The statement inside a DSSE envelope that `key` signed. Raises BadSignature otherwise."""
    try:
        envelope = json.loads(content)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signature = base64.b64decode(envelope["signatures"][0]["sig"], validate=True)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise BadSignature("the signature file is malformed") from error
    try:
        key.verify(signature, _encoded(payload))
    except InvalidSignature as error:
        raise BadSignature("the signature does not hold for this key") from error
    if content != _envelope(payload, signature, key):
        raise BadSignature("the signature file holds more, or other, than one signature in Clew's form")
    return _checked(payload)


def _checked(payload: bytes) -> dict[str, Any]:
    try:
        value: dict[str, Any] = json.loads(payload)
        right = value["_type"] == STATEMENT_TYPE and value["predicateType"] == PREDICATE_TYPE
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadSignature("the signed statement is malformed") from error
    if not right:
        raise BadSignature("the signed statement speaks of something other than an evidence bundle")
    return value
