"""What a reader of a bundle may see: three levels, keyed pseudonyms, and masks for personal data inside texts.

Unkeyed hashes are no protection: all IPv4 addresses can be tried in hours, a card's digits in a moment. Pseudonyms are
HMAC-SHA-256 under keys derived from the workspace's own (HKDF, RFC 5869), one per kind of value. The key is never exported.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from graph.text import visible


class Redaction(StrEnum):
    """How much of a bundle is kept back."""

    FULL = "full"  # identifiers and wording as stored
    PSEUDONYMOUS = "pseudonymous"  # identifiers become keyed pseudonyms, personal data in texts is masked
    PUBLIC = "public"  # aggregates only: no row speaks of one account


REDACTION_WORDS: dict[Redaction, str] = {
    Redaction.FULL: "Full: identifiers and wording are shown as stored. For readers who may see personal data.",
    Redaction.PSEUDONYMOUS: "Pseudonymous: identifiers are replaced by keyed pseudonyms; personal data inside texts is masked.",
    Redaction.PUBLIC: "Public: aggregates only. No row speaks of a single account; wording is masked.",
}

# Consonants only: a pseudonym is never a word and never looks like a number to the masks below. 14 of 20 letters: 60 bits.
_LETTERS = "bcdfghjkmnpqrstvwxyz"
_LENGTH = 14


class Pseudonyms:
    """Names for values under one workspace's key: the same value and kind always get the same name, in every bundle.

    With a `recipient` they are under a key of that recipient's own: two recipients who compare their bundles can join nothing.
    """

    def __init__(self, key: bytes, level: Redaction, recipient: str | None = None) -> None:
        self._key = _derived(key, f"recipient: {recipient}") if recipient else key
        self._level = level
        self._derived: dict[str, bytes] = {}

    @property
    def public(self) -> bool:
        """Whether nothing may be named at all."""
        return self._level is Redaction.PUBLIC

    @property
    def key_id(self) -> str:
        """Names the key without telling it."""
        return hashlib.sha256(self._subkey("key id")).hexdigest()[:16]

    def of(self, kind: str, value: str) -> str:
        """`ip-…` for an `ip`; in public bundles, which must not link a value to another, only `[ip]`."""
        if self._level is Redaction.PUBLIC:
            return f"[{kind}]"
        digest = hmac.new(self._subkey(kind), value.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
        return f"{kind}-{_spelled(int.from_bytes(digest, 'big'))}"

    def all(self, kind: str, values: Iterable[str | None]) -> dict[str, str]:
        """Pseudonyms of the distinct `values`, nulls left out."""
        return {value: self.of(kind, value) for value in set(values) if value is not None}

    def _subkey(self, purpose: str) -> bytes:
        if purpose not in self._derived:
            self._derived[purpose] = _derived(self._key, purpose)
        return self._derived[purpose]


def _derived(key: bytes, purpose: str) -> bytes:
    info = f"clew evidence bundle v1: {purpose}".encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(key)


def _spelled(number: int) -> str:
    letters = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(letters)


_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?![\w:])"
_IPV6 = r"(?:[0-9a-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})(?:/\d{1,3})?"
# Repetitions that could start anywhere are bounded, so that no text makes a search quadratic.
_MASKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("[url]", re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://\S+|\bwww\.\S+", re.IGNORECASE)),
    ("[email]", re.compile(r"[^\s<>\"'(),;:@\[\]]{1,200}\s?@\s?[^\s<>\"'(),;:@\[\]]+")),
    ("[ip]", re.compile(rf"(?<![\w:])(?!{_CLOCK})(?=:*[0-9a-f]){_IPV6}(?![\w:])", re.IGNORECASE)),
    ("[ip]", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d)(?:/\d{1,2})?")),
    ("[number]", re.compile(r"\+?\(?\d(?:[\s().\-/]{0,2}\d){6,}")),
    ("[number]", re.compile(r"\d{5,}")),
)
_KEEP_DATES = re.compile(rf"({_DATE})")


def plain(text: str) -> str:
    """`text` without what could hide a value from the masks: compatibility forms unfolded, invisible characters removed."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf" and visible(c) in (c, "␊", "␉", "␍"))


def mask(text: str, dates: bool = False) -> str:
    """`plain(text)` with URLs, e-mail and IP addresses, telephone and other long numbers masked; `dates` keeps ISO dates.

    A mask sees forms, not meaning: names, and addresses spelt out in words, pass unless they are known values.
    """
    if dates:
        return "".join(part if place % 2 else mask(part) for place, part in enumerate(_KEEP_DATES.split(plain(text))))
    shown = plain(text)
    for word, pattern in _MASKS:
        shown = pattern.sub(word, shown)
    return shown
