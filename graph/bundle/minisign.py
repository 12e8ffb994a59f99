"""The same Ed25519 key in minisign's form, for those who check with that small tool. Source: minisign's description of its formats.

A signature file is four lines: a comment, the signature over BLAKE2b-512 of the file, a comment that is signed, the signature over both.
"""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph.bundle.signing import BadSignature, key_id

SIGNED = "tagmanifest-sha256.txt"
_HASHED, _KEY = b"ED", b"Ed"
_UNTRUSTED = "untrusted comment: "
_TRUSTED = "trusted comment: "


def _number(key: Ed25519PublicKey) -> bytes:
    """minisign's eight-byte key number: here the first of the key id, so that it can be compared by eye."""
    return bytes.fromhex(key_id(key))[:8]


def public_file(key: Ed25519PublicKey) -> bytes:
    """The public key as `minisign -p` reads it."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    name = _number(key)[::-1].hex().upper()
    return f"{_UNTRUSTED}minisign public key {name}\n{base64.b64encode(_KEY + _number(key) + raw).decode()}\n".encode()


def sign(content: bytes, comment: str, key: Ed25519PrivateKey) -> bytes:
    """The signature file over `content`; `comment` (one line of ASCII) is signed with it."""
    line = comment.encode("ascii", "replace").decode()
    signature = key.sign(hashlib.blake2b(content).digest())
    return _file(key.public_key(), signature, line, key.sign(signature + line.encode()))


def _file(key: Ed25519PublicKey, signature: bytes, comment: str, over_both: bytes) -> bytes:
    first = base64.b64encode(_HASHED + _number(key) + signature).decode()
    second = base64.b64encode(over_both).decode()
    return f"{_UNTRUSTED}signature of {SIGNED}\n{first}\n{_TRUSTED}{comment}\n{second}\n".encode()


def check(content: bytes, signature_file: bytes, key: Ed25519PublicKey) -> None:
    """Raises BadSignature unless `signature_file` is `sign(content, …)` by `key`, byte for byte in Clew's form."""
    try:
        _, first, said, second = signature_file.decode("ascii").removesuffix("\n").split("\n")
        comment = said.removeprefix(_TRUSTED)
        signature = base64.b64decode(first, validate=True)[10:]
        over_both = base64.b64decode(second, validate=True)
    except ValueError as error:
        raise BadSignature("the signature file is malformed") from error
    try:
        key.verify(signature, hashlib.blake2b(content).digest())
        key.verify(over_both, signature + comment.encode())
    except InvalidSignature as error:
        raise BadSignature("the signature does not hold for this key") from error
    if signature_file != _file(key, signature, comment, over_both):
        raise BadSignature("the signature file holds more, or other, than one signature in Clew's form")
