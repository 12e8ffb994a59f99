"""Passwords as argon2id hashes (RFC 9106, its second recommended option: 64 MiB, 3 passes)."""

import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from graph.errors import UsageError

LEAST, MOST = 12, 1_000  # characters
_AT_ONCE = 2  # each takes its 64 MiB; more log-ins at once wait


class Passwords:
    """Makes and checks hashes, a few at a time. A check takes as long for a user who has no password."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def hash(self, password: str) -> str:
        """The hash to store. Raises UsageError for a password that is too short or too long."""
        if not LEAST <= len(password) <= MOST:
            raise UsageError(f"The password must have {LEAST} to {MOST} characters. Several unrelated words make a good one.")
        with self._turn:
            return self._hasher.hash(_same(password))

    def holds(self, stored: str | None, password: str) -> bool:
        """Is `password` what `stored` was made from? Without a stored hash it is no, after the same work."""
        if len(password) > MOST:
            return False
        with self._turn:
            try:
                return self._hasher.verify(stored or self._nobody, _same(password)) and stored is not None
            except (VerificationError, InvalidHashError):
                return False


def _same(password: str) -> bytes:
    """One byte form however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
