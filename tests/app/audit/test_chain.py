"""The audit log: whole, in order, and any change of it is found and named."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.audit import anchors
from app.audit.anchors import Anchor
from app.audit.chain import Ledger, history, length, newest
from app.audit.verify import Verdict, verify
from app.roles import Actor, Role
from graph.errors import DataRefused, StorageError

ANA = Actor("ana", Role.INVESTIGATOR, "192.0.2.7")


def written(ledger: Ledger, rows: int = 6) -> None:
    for n in range(rows):
        with ledger.writing(ANA) as writing:
            writing.log("test", n % 2, n=n, text="ü\u202e'")


def checked(ledger: Ledger) -> Verdict:
    with ledger.reading() as connection:
        return verify(connection, anchors.read(ledger.anchor_file))


def tampered(ledger: Ledger, *statements: str) -> None:
    """What someone with the database's password can do: take the triggers off, then change rows."""
    with ledger.database.write() as connection:
        _unlock(ledger, connection)
        for statement in statements:
            connection.execute(text(statement))


def _unlock(ledger: Ledger, connection: Connection) -> None:
    if ledger.database.is_sqlite:
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_no_{verb}"))
    else:
        connection.execute(text("DROP TRIGGER audit_no_change ON audit"))


def test_what_was_written_holds(ledger: Ledger) -> None:
    written(ledger)
    verdict = checked(ledger)
    assert (verdict.ok, verdict.rows, verdict.head.number) == (True, 6, 6)
    with ledger.reading() as connection:
        assert [row["number"] for row in history(connection, 1)] == [6, 4, 2]
        assert [row["detail"]["n"] for row in newest(connection, 2)] == [5, 4]
        assert newest(connection, 1)[0]["detail"]["address"] == "192.0.2.7"


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'bo'", "DELETE FROM audit", "DELETE FROM audit WHERE number = 3"])
def test_the_database_refuses_to_change_it(ledger: Ledger, statement: str) -> None:
    written(ledger)
    with pytest.raises((StorageError, DBAPIError), match="only added to"), ledger.database.write() as connection:
        connection.execute(text(statement))
    assert checked(ledger).ok


_SWAP = [
    "UPDATE audit SET number = 100 WHERE number = 3",
    "UPDATE audit SET number = 3 WHERE number = 4",
    "UPDATE audit SET number = 4 WHERE number = 100",
]


@pytest.mark.parametrize(
    ("statements", "row", "fault"),
    [
        (["UPDATE audit SET actor = 'bo' WHERE number = 3"], 3, "edited"),
        (["UPDATE audit SET detail = '{}' WHERE number = 6"], 6, "edited"),
        (["UPDATE audit SET at = '2026-01-01T00:00:00+00:00' WHERE number = 1"], 1, "edited"),
        (["UPDATE audit SET case_id = 7 WHERE number = 2"], 2, "edited"),
        (["DELETE FROM audit WHERE number = 3"], 3, "missing"),
        (["DELETE FROM audit WHERE number = 1"], 1, "missing"),
        (["DELETE FROM audit WHERE number = 3", "UPDATE audit SET number = number - 1 WHERE number = 4"], 3, "edited"),
        (_SWAP, 3, "edited"),
        (["DELETE FROM audit WHERE number > 4"], 5, "cut off"),
        (["DELETE FROM audit"], 1, "cut off"),
    ],
)
def test_the_first_bad_row_is_named(ledger: Ledger, statements: list[str], row: int, fault: str) -> None:
    written(ledger)
    tampered(ledger, *statements)
    verdict = checked(ledger)
    assert verdict.row == row
    assert fault in verdict.fault
    assert verdict.head.number == row - 1


def test_a_log_written_anew_is_found_by_its_anchors(ledger: Ledger) -> None:
    """Rows cut off, and others with good digests in their place: the chain is whole, the anchors disagree."""
    written(ledger)
    kept = anchors.read(ledger.anchor_file)
    tampered(ledger, "DELETE FROM audit WHERE number > 4")
    written(ledger, 3)
    with ledger.reading() as connection:
        assert verify(connection, []).ok
        verdict = verify(connection, kept)
    assert (verdict.row, "anchored" in verdict.fault) == (5, True)
    assert checked(ledger).row == 5


def test_one_changed_row_and_all_digests_after_it_made_good(ledger: Ledger) -> None:
    from app.audit.chain import FIRST_PREVIOUS, canonical, seal

    written(ledger)
    tampered(ledger)
    with ledger.database.write() as connection:
        rows: list[dict[str, Any]] = [dict(row) for row in connection.execute(text("SELECT * FROM audit ORDER BY number")).mappings()]
        previous = FIRST_PREVIOUS
        for row in rows:
            row["actor"] = "bo" if row["number"] == 2 else row["actor"]
            row["previous"], row["detail"] = previous, canonical({}) if row["number"] == 2 else row["detail"]
            row["digest"] = previous = seal(row)
            update = "UPDATE audit SET actor = :actor, previous = :previous, detail = :detail, digest = :digest WHERE number = :number"
            connection.execute(text(update), row)
    with ledger.reading() as connection:
        assert verify(connection, []).ok
    assert checked(ledger).row == 2


def test_a_block_that_fails_leaves_no_row_and_no_anchor(ledger: Ledger) -> None:
    written(ledger, 2)
    with pytest.raises(RuntimeError), ledger.writing(ANA) as writing:
        writing.log("test")
        raise RuntimeError
    assert (checked(ledger).rows, len(anchors.read(ledger.anchor_file))) == (2, 2)


def test_many_at_once_make_one_chain(ledger: Ledger) -> None:
    faults: list[Exception] = []

    def work() -> None:
        try:
            written(ledger, 15)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    verdict = checked(ledger)
    assert (verdict.ok, verdict.rows) == (True, 90)
    with ledger.reading() as connection:
        assert length(connection) == 90


def test_an_anchor_that_a_crash_cut_short_spoils_no_later_one(ledger: Ledger) -> None:
    written(ledger, 2)
    with ledger.anchor_file.open("a") as handle:
        handle.write('{"number":3,"dig')
    written(ledger, 2)
    assert [anchor.number for anchor in anchors.read(ledger.anchor_file)] == [1, 2, 3, 4]
    assert checked(ledger).ok


def test_a_damaged_anchor_is_refused(ledger: Ledger) -> None:
    written(ledger, 2)
    with ledger.anchor_file.open("a") as handle:
        handle.write('{"nummer":3}\n')
    with pytest.raises(DataRefused, match="line 3"):
        anchors.read(ledger.anchor_file)


def test_anchors_of_several_servers_are_read_together(new_database: Callable[[], str], ledger: Ledger) -> None:
    written(ledger, 3)
    with ledger.reading() as connection:
        assert verify(connection, [Anchor(2, "0" * 64)]).row == 2
        assert verify(connection, []).ok
