from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit.chain import Ledger
from app.auth import sessions, users
from app.cases.ledger import ITSELF, open_ledger
from app.database.tables import sessions as table
from app.roles import Role
from app.settings import AppSettings
from graph.errors import UsageError
from graph.store.workspace import Workspace
from tests.app.people import CHEAP, a_user

START = datetime(2026, 8, 3, tzinfo=UTC)


class Time:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def timed(workspace: Workspace, database_url: str, time: Time) -> Iterator[Ledger]:
    made = open_ledger(workspace, AppSettings(database_url), time)
    a_user(made, "ana")
    yield made
    made.database.rest()


def begun(ledger: Ledger, replaced: str | None = None) -> str:
    with ledger.writing(a_user(ledger, "ana")) as writing:
        return sessions.begin(writing, "ana", "test", replaced)[0]


def test_a_token_is_known_and_not_stored(timed: Ledger) -> None:
    token = begun(timed)
    found = sessions.find(timed, token, "192.0.2.1")
    assert found is not None
    assert (found.actor.name, found.actor.role, found.actor.address) == ("ana", Role.INVESTIGATOR, "192.0.2.1")
    with timed.reading() as connection:
        (row,) = connection.execute(select(table)).all()
    assert token not in str(row)


@pytest.mark.parametrize("token", ["", "x", "x" * 1000, "ü", "' OR 1=1 --", "\x00"])
def test_other_tokens_are_nobody(timed: Ledger, token: str) -> None:
    begun(timed)
    assert sessions.find(timed, token, "") is None


def test_every_session_has_a_token_and_a_csrf_token_of_its_own(timed: Ledger) -> None:
    with timed.writing(ITSELF) as writing:
        pairs = [sessions.begin(writing, "ana", "test") for _ in range(3)]
    assert len({word for pair in pairs for word in pair}) == 6
    assert all(len(word) >= 43 for pair in pairs for word in pair)  # 256 bits


def test_the_session_before_ends(timed: Ledger) -> None:
    before = begun(timed)
    after = begun(timed, before)
    assert before != after
    assert sessions.find(timed, before, "") is None
    assert sessions.find(timed, after, "") is not None


@pytest.mark.parametrize(
    ("steps", "alive"),
    [
        ([timedelta(hours=1, minutes=59)], True),
        ([timedelta(hours=2, minutes=1)], False),
        ([timedelta(hours=1)] * 11, True),
        ([timedelta(hours=1)] * 12 + [timedelta(seconds=1)], False),
    ],
)
def test_it_ends_when_idle_and_after_a_day_s_work(timed: Ledger, time: Time, steps: list[timedelta], alive: bool) -> None:
    token = begun(timed)
    found = None
    for step in steps:
        time.now += step
        found = sessions.find(timed, token, "")
    assert (found is not None) is alive


def test_what_ran_out_is_removed(timed: Ledger, time: Time) -> None:
    for _ in range(5):
        begun(timed)
    time.now += timedelta(days=1)
    begun(timed)
    with timed.reading() as connection:
        assert sessions.count(connection, "ana") == 1


def test_a_disabled_user_is_out_at_once_and_a_changed_password_signs_out(timed: Ledger) -> None:
    token = begun(timed)
    with timed.writing(ITSELF) as writing:
        users.set_disabled(writing, "ana", True)
    assert sessions.find(timed, token, "") is None
    with timed.writing(ITSELF) as writing:
        users.set_disabled(writing, "ana", False)
    assert sessions.find(timed, token, "") is None
    token = begun(timed)
    with timed.writing(ITSELF) as writing:
        users.set_password(writing, "ana", CHEAP.hash("another long password"))
    assert sessions.find(timed, token, "") is None


def test_another_role_holds_with_the_next_request(timed: Ledger) -> None:
    token = begun(timed)
    with timed.writing(ITSELF) as writing:
        users.set_role(writing, "ana", Role.VIEWER)
    found = sessions.find(timed, token, "")
    assert found is not None
    assert found.actor.role is Role.VIEWER


@pytest.mark.parametrize("name", ["", "Ana", "-ana", "a" * 64, "a b", "ana\n", "ü", "../x", "<b>"])
def test_names_that_are_none(timed: Ledger, name: str) -> None:
    with pytest.raises(UsageError), timed.writing(ITSELF) as writing:
        users.add(writing, name, Role.VIEWER)


def test_what_cannot_be_changed(timed: Ledger) -> None:
    changes: list[Callable[..., None]] = [
        lambda writing: users.add(writing, "ana", Role.ADMIN),
        lambda writing: users.set_role(writing, "nobody", Role.ADMIN),
        lambda writing: users.set_disabled(writing, "nobody", True),
        lambda writing: users.set_password(writing, "nobody", "x"),
        lambda writing: users.set_password(writing, "by-oidc", "x"),
        lambda writing: users.add(writing, "other", Role.ADMIN, subject="o@example.org"),
    ]
    with timed.writing(ITSELF) as writing:
        users.add(writing, "by-oidc", Role.VIEWER, subject="o@example.org")
    for change in changes:
        with pytest.raises(UsageError), timed.writing(ITSELF) as writing:
            change(writing)
