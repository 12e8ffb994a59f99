from typing import Any

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from app.auth.passwords import LEAST, MOST, Passwords
from graph.errors import UsageError
from tests.app.people import CHEAP


def test_hashes_are_argon2id_of_the_recommended_strength() -> None:
    parameters = extract_parameters(Passwords().hash("correct horse battery"))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) >= (65_536, 3)


def test_a_password_holds_and_another_does_not() -> None:
    stored = CHEAP.hash("correct horse battery")
    assert CHEAP.holds(stored, "correct horse battery")
    assert not CHEAP.holds(stored, "correct horse batterz")
    assert not CHEAP.holds(stored, "")
    assert not CHEAP.holds("nonsense", "correct horse battery")
    assert "correct" not in stored


def test_letters_composed_in_two_ways_are_one_password() -> None:
    assert CHEAP.holds(CHEAP.hash("ünder the bridge"), "u\u0308nder the bridge")


@pytest.mark.parametrize("password", ["", "x" * (LEAST - 1), "x" * (MOST + 1)])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(UsageError):
        CHEAP.hash(password)


class Counting(PasswordHasher):
    verified = 0

    def verify(self, *arguments: Any) -> Any:
        self.verified += 1
        return super().verify(*arguments)


def test_the_work_is_the_same_without_a_stored_password() -> None:
    """What takes the time is argon2's verification: it is run once, whoever asks."""
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    stored = passwords.hash("correct horse battery")
    for known in (stored, None):
        before = hasher.verified
        assert not passwords.holds(known, "wrong wrong wrong")
        assert hasher.verified == before + 1
    assert extract_parameters(passwords._nobody) == extract_parameters(stored)
