"""The whole way from files to tables: sums, idempotence, order, publication."""

import random
import stat
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import DataRefused, StorageError, UsageError
from graph.signals.fragments import normalise_fragments
from graph.store import tables
from graph.store.workspace import Workspace, create_workspace
from ingest import settle
from ingest.accounting import Tally, as_dict, as_lines
from tests.factory import a_workspace
from tests.ingest.factory import a_csv, a_file, an_exchange, at, quarantined, run, stored, visible_files


def test_every_table_and_format_arrives_typed(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    accounts = a_file(
        tmp_path,
        '{"account_id":1,"created_at":"2026-01-02T03:04:05+02:00","email":"Anna.Kim77@Ex.org","signup_ip":"2001:DB8::1"}\n',
        "a.jsonl",
    )
    payments = a_file(tmp_path, "account_id,card_fingerprint,amount,paid_at\n1,fp_1,12.50,2026-01-02T00:00:00Z\n", "p.csv")
    exchanges = str(tmp_path / "x.parquet")
    pl.DataFrame([an_exchange(1)]).with_columns(pl.col("occurred_at").str.to_datetime(time_zone="UTC"), input_tokens=7).write_parquet(
        exchanges
    )
    enforcement = a_file(tmp_path, "account_id,action,acted_at\n1,ban,2026-08-09T00:00:00Z\n", "e.csv")
    labels = a_file(tmp_path, "account_id,verdict\n1,abuse\n", "l.csv")
    sums = run(workspace, accounts=accounts, payments=payments, exchanges=exchanges, enforcement=enforcement, labels=labels)
    assert sums.tables == {name: Tally(1, 1) for name in ("accounts", "payments", "exchanges", "enforcement", "labels")}
    account = stored(workspace, "accounts").row(0, named=True)
    assert (account["account_id"], account["created_at"]) == ("1", at("2026-01-02T01:04:05+00:00"))
    assert (account["email_domain"], account["email_pattern"]) == ("ex.org", "a.a99")
    assert (account["signup_ip"], account["signup_net"]) == ("2001:db8::1", "2001:db8::/48")
    assert stored(workspace, "payments")["amount"].to_list() == [12.5]
    exchange = stored(workspace, "exchanges").row(0, named=True)
    assert (exchange["ip_net"], exchange["input_tokens"], exchange["user_agent"]) == ("198.51.100.0/24", 7, None)
    for table in ("accounts", "payments", "exchanges", "enforcement", "labels"):
        assert dict(stored(workspace, table).schema) == tables.row_schema(table)
    assert tables.current(workspace).facts["columns"]["labels"] == ["account_id", "verdict"]
    assert not (workspace.root / ".staging").exists()


def test_a_file_taken_in_before_is_all_duplicates_and_changes_nothing(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    path = a_csv(tmp_path, [an_exchange(n) for n in range(7)] + [an_exchange(8, ip="nowhere")])
    assert run(workspace, exchanges=path).tables["exchanges"] == Tally(8, 7, 0, 1)
    before, files = tables.current(workspace), visible_files(workspace)
    assert run(workspace, exchanges=[path, path]).tables["exchanges"] == Tally(16, 0, 16)
    assert (tables.current(workspace), visible_files(workspace)) == (before, files)


def test_the_same_rows_in_another_file_are_duplicates(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    rows = [an_exchange(n) for n in range(9)]
    run(workspace, exchanges=a_csv(tmp_path, rows))
    again = run(workspace, exchanges=a_csv(tmp_path, [*rows[::-1], an_exchange(10)], "again.csv"))
    assert again.tables["exchanges"] == Tally(10, 1, 9)
    assert stored(workspace, "fragments")["n"].sum() == 10


def test_late_is_what_falls_before_the_newest_stored_day(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1, day=5)]))
    late = run(workspace, exchanges=a_csv(tmp_path, [an_exchange(2, day=4), an_exchange(3, day=5), an_exchange(4, day=6)], "b.csv"))
    assert late.tables["exchanges"] == Tally(3, 2, 0, 0, 1)
    assert stored(workspace, "exchanges").height == 4


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_exchange_id_with_two_contents_keeps_one_whatever_the_order(tmp_path: Path, order: tuple[int, int]) -> None:
    rows = [an_exchange(1, ip="192.0.2.1", day=3), an_exchange(1, ip="192.0.2.2", day=4)]
    workspace = a_workspace(tmp_path)
    sums = run(workspace, exchanges=[a_csv(tmp_path, [rows[i]], f"{i}.csv") for i in order])
    assert sums.tables["exchanges"] == Tally(2, 1, 0, 1)
    assert [rule for _, rule, _, _ in quarantined(workspace)] == ["exchange_id used twice"]
    other = create_workspace(tmp_path / "other")
    run(other, exchanges=a_csv(tmp_path, rows, "both.csv"))
    assert stored(workspace, "exchanges").equals(stored(other, "exchanges"))


def test_a_stored_exchange_is_not_overwritten(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1)]))
    sums = run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1, ip=f"192.0.2.{n}") for n in range(3)] + [an_exchange(1)], "b.csv"))
    assert sums.tables["exchanges"].accepted == 0
    assert sums.tables["exchanges"].quarantined >= 3
    assert stored(workspace, "exchanges")["ip"].to_list() == ["198.51.100.1"]


_TABLES = ("exchanges", "fragments", "prompts", "objects")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), runs=st.integers(1, 3), files=st.integers(1, 3), repeat=st.integers(0, 9), named=st.booleans())
def test_order_splits_and_repeats_do_not_matter(tmp_path: Path, seed: int, runs: int, files: int, repeat: int, named: bool) -> None:
    mapping = Path(a_file(tmp_path, '[exchanges.objects]\nurl = "url"\n', "m.toml"))
    rows = [an_exchange(n, day=3 + n % 3, url=f"u{n % 4}" if n % 3 else None) for n in range(24)]
    rows += [{**rows[n], "url": f"v{n}"} for n in range(4)]  # the same exchange with another object
    rows = rows if named else [{**row, "exchange_id": None} for row in rows]
    clean = create_workspace(tmp_path / f"clean-{named}")
    run(clean, mapping, exchanges=a_csv(tmp_path, rows, f"clean-{named}.csv"))
    dice = random.Random(seed)
    mixed = rows + dice.sample(rows, repeat)
    dice.shuffle(mixed)
    folder = tmp_path / f"{seed}-{runs}-{files}-{repeat}-{named}"
    if folder.exists():
        return
    workspace = create_workspace(folder / "workspace")
    total = Tally()
    for part in range(runs):
        share = mixed[part::runs]
        paths = [a_csv(folder, share[k::files], f"{part}-{k}.csv") for k in range(files)]
        total += run(workspace, mapping, exchanges=paths).total
    assert total.rows_in == len(mixed) == total.accepted + total.duplicate + total.late
    assert_same_content(workspace, clean)


def test_days_too_large_for_memory_are_settled_in_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = Path(a_file(tmp_path, '[exchanges.objects]\nurl = "url"\n', "m.toml"))
    rows = [an_exchange(n % 40, day=3, ip=f"192.0.2.{n // 60}", url=f"u{n % 7}") for n in range(80)]
    sums = []
    for name, size in (("whole", 10**6), ("cut", 9)):
        monkeypatch.setattr(settle, "MAX_ROWS_AT_ONCE", size)
        monkeypatch.setattr(settle, "MAX_IDS_AT_ONCE", size)
        workspace = create_workspace(tmp_path / name)
        sums.append(run(workspace, mapping, exchanges=a_csv(tmp_path, rows)))
    assert sums[0] == sums[1]
    assert sums[0].total.quarantined > 0
    assert_same_content(create_workspace(tmp_path / "whole"), create_workspace(tmp_path / "cut"))


def assert_same_content(one: Workspace, other: Workspace) -> None:
    for table in _TABLES:
        left, right = stored(one, table), stored(other, table)
        left, right = (frame.unique().sort(frame.columns) if table == "prompts" else frame for frame in (left, right))
        assert left.equals(right), table


def test_objects_count_what_they_bring(tmp_path: Path) -> None:
    mapping = Path(a_file(tmp_path, '[exchanges.objects]\nurl = "url"\ntag = "tag"\n', "m.toml"))
    dice = random.Random(5)
    rows = [an_exchange(dice.randrange(6), url=dice.choice([None, "u", "v"]), tag=dice.choice([None, "t"])) for _ in range(60)]
    workspace = a_workspace(tmp_path)
    sums = run(workspace, mapping, exchanges=a_csv(tmp_path, rows)).total
    brought = {(row["exchange_id"], kind, row[kind]) for row in rows for kind in ("url", "tag") if row[kind]}
    assert stored(workspace, "objects").height == len(brought)
    assert stored(workspace, "exchanges").height == len({row["exchange_id"] for row in rows})
    distinct = len({(row["exchange_id"], row["url"], row["tag"]) for row in rows})
    assert len({row["exchange_id"] for row in rows}) <= sums.accepted <= distinct
    assert sums.accepted + sums.duplicate == 60


def test_fragments_add_up_to_what_accounts_sent(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    text = "Explain this in detail, please. Explain this in detail, please! Then number {} of many things.\nEnd of it."
    rows = [an_exchange(n, prompt=text.format(n), day=3 + n // 10) for n in range(20)]
    run(workspace, exchanges=a_csv(tmp_path, rows))
    expected = {(row["account_id"], row["occurred_at"][:10], f): 0 for row in rows for f in _fragments_of(row["prompt"])}
    for row in rows:
        for fragment in _fragments_of(row["prompt"]):
            expected[row["account_id"], row["occurred_at"][:10], fragment] += 1
    assert sorted(expected.values()) == sorted(stored(workspace, "fragments")["n"].to_list())
    held = set(stored(workspace, "prompts")["prompt_id"].to_list())
    assert set(stored(workspace, "fragments")["prompt_id"].to_list()) <= held


def _fragments_of(text: str) -> set[str]:
    return set(normalise_fragments(pl.Series([text])).to_list()[0])


def test_prompts_are_private_and_may_be_kept_out(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1)]))
    assert stat.S_IMODE(workspace.prompts.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in workspace.prompts.rglob("*.parquet")} == {0o600}
    none = create_workspace(tmp_path / "none")
    none.settings_file.write_text("[privacy]\nkeep_prompts_days = 0\n")
    run(none, exchanges=a_csv(tmp_path, [an_exchange(1)]))
    assert stored(none, "prompts").is_empty()
    assert stored(none, "exchanges")["prompt_id"].null_count() == 0


def test_nothing_is_published_when_one_file_is_refused(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1)]))
    before, files = tables.current(workspace), visible_files(workspace)
    good = a_csv(tmp_path, [an_exchange(2), an_exchange(3, ip="x")], "good.csv")
    with pytest.raises(DataRefused, match="card number"):
        run(workspace, exchanges=good, payments=a_file(tmp_path, "account_id,card_fingerprint\n1,4111111111111111\n", "p.csv"))
    assert (tables.current(workspace), visible_files(workspace)) == (before, files)


def test_a_failed_commit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = a_workspace(tmp_path)
    before = visible_files(workspace)

    def full(*_: object) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr(tables, "commit", full)
    with pytest.raises(StorageError):
        run(workspace, exchanges=a_csv(tmp_path, [an_exchange(2), an_exchange(3, ip="x")]))
    assert visible_files(workspace) == before


def test_unknown_columns_are_kept_out_and_told(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    sums = run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1, colour="red", ssn="1")]))
    assert sums.unknown == {"exchanges": ("colour", "ssn")}
    assert "colour, ssn" in "\n".join(as_lines(sums))
    assert as_dict(sums)["exchanges"]["unknown_columns"] == ["colour", "ssn"]
    assert "red" not in str(stored(workspace, "exchanges").rows())


def test_an_unknown_table_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="invoices"):
        run(a_workspace(tmp_path), invoices="x.csv")
