"""What can be wrong with an input: a clear error or a row set aside, an exact sum, nothing half published."""

import contextlib
import gzip
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ClewError, DataRefused
from graph.store import tables
from ingest.accounting import Tally
from ingest.cards import luhn_valid
from ingest.parquet_footer import FooterError, unfolded_bytes
from ingest.sources import find_sources
from tests.factory import HOSTILE, a_workspace
from tests.ingest.factory import HEADER, a_csv, a_file, an_exchange, quarantined, run, visible_files

GOOD = "a1,2026-08-03T10:00:00Z,e1,192.0.2.1,hello\n"


def _gz(text: str) -> bytes:
    return gzip.compress(text.encode())


def _zst(text: str) -> bytes:
    return zstandard.compress(text.encode())


def _noise(start: str) -> bytes:
    """One line of 36 MB that shrinks no more than logs do."""
    piece = "".join(str(n * 7919) for n in range(120_000))
    return gzip.compress((start + piece * (36_000_000 // len(piece) + 1)).encode(), 1)


NOISE = "".join(f"a{n},2026-08-03T10:00:00Z,e{n * 7919 % 10007},192.0.2.1,hello {n * n}\n" for n in range(5000))
REFUSED = {
    "empty file": ("rows.csv", b"", "is empty"),
    "missing column": ("rows.csv", b"user,occurred_at\n1,2\n", r"'account_id' is missing; found: 'user', 'occurred_at'.*mapping"),
    "missing key": ("rows.jsonl", b'{"user":1}\n', "'account_id' is missing"),
    "all times naive": ("rows.csv", b"account_id,occurred_at\n1,2026-08-03 10:00:00\n2,\n", "carry no offset.*zone ="),
    "all times numbers": ("rows.csv", b"account_id,occurred_at\n1,1754215200\n", "bare numbers.*units ="),
    "duplicate names": ("rows.csv", b"account_id,occurred_at,ip,ip\n", "'ip' stands twice"),
    "no header": ("rows.csv", b"\n1,2\n", "no header"),
    "header no UTF-8": ("rows.csv", "größe,account_id\n".encode("utf-16"), "header line is no UTF-8"),
    "truncated gz": ("rows.csv.gz", _gz(f"{HEADER}\n{NOISE}")[:-3000], "ends early"),
    "truncated zst": ("rows.csv.zst", _zst(f"{HEADER}\n{NOISE}")[:-3000], "ends early"),
    "no gzip": ("rows.csv.gz", b"hello", "no valid gzip"),
    "no zstd": ("rows.jsonl.zst", b"hello", "no valid zstd"),
    "no parquet": ("rows.parquet", b"PAR1 not really PAR1", "cannot be read as Parquet"),
    "gzip bomb": ("rows.csv.gz", _gz(f"{HEADER}\n" + ("0" * 999 + "\n") * 70_000), "expands more than 250 times"),
    "zstd bomb": ("rows.csv.zst", _zst(f"{HEADER}\n" + ("0" * 999 + "\n") * 70_000), "expands more than 250 times"),
    "endless JSON line": ("rows.jsonl.gz", _noise('{"account_id":"'), "a line longer than 32 MB"),
    "endless CSV line": ("rows.csv.gz", _noise(f"{HEADER}\n"), "a line longer than 32 MB"),
    "100,000 columns": ("rows.csv", (",".join(f"c{n}" for n in range(100_000)) + "\n").encode(), "'account_id' is missing|header"),
    "unknown ending": ("rows.txt", b"hello", "unknown kind of file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_whole_with_the_file_and_the_remedy(tmp_path: Path, case: str) -> None:
    name, content, message = REFUSED[case]
    workspace = a_workspace(tmp_path)
    before = visible_files(workspace)
    path = a_file(tmp_path, content, name)
    with pytest.raises(DataRefused, match=message) as caught:
        run(workspace, exchanges=[a_csv(tmp_path, [an_exchange(1)], "good.csv"), path])
    assert path in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 2
    assert tables.current(workspace).version == 0
    assert visible_files(workspace) == before


BIG = "x" * (10 << 20)
ASIDE = {
    "no account": (f"{HEADER}\n{GOOD},2026-08-03T10:00:00Z,e2,,\n", (2, "value missing", "account_id", "(empty)")),
    "blank account": (f"{HEADER}\n{GOOD}  ,2026-08-03T10:00:00Z,e2,,\n", (2, "value missing", "account_id", "  … (2 characters)")),
    "no time": (f"{HEADER}\n{GOOD}a2,,e2,,\n", (2, "value missing", "occurred_at", "(empty)")),
    "not a time": (f"{HEADER}\n{GOOD}a2,yesterday,e2,,\n", (2, "not a time", "occurred_at", "ye… (9 characters)")),
    "naive": (f"{HEADER}\n{GOOD}a2,2026-08-03T10:00:00,e2,,\n", (2, "time without zone", "occurred_at", "20… (19 characters)")),
    "number": (f"{HEADER}\n{GOOD}a2,1754215200,e2,,\n", (2, "time without unit", "occurred_at", "17… (10 characters)")),
    "too early": (f"{HEADER}\n{GOOD}a2,1999-12-31T23:59:59Z,e2,,\n", (2, "time out of range", "occurred_at", "19… (20 characters)")),
    "too late": (f"{HEADER}\n{GOOD}a2,2100-01-01T00:00:00Z,e2,,\n", (2, "time out of range", "occurred_at", "21… (20 characters)")),
    "address": (f"{HEADER}\n{GOOD}a2,2026-08-03T10:00:00Z,e2,256.1.1.1,\n", (2, "not an address", "ip", "25… (9 characters)")),
    "scoped address": (f"{HEADER}\n{GOOD}a2,2026-08-03T10:00:00Z,e2,fe80::1%eth0,\n", (2, "not an address", "ip", "fe… (12 characters)")),
    "NUL": (f"{HEADER}\n{GOOD}a2,2026-08-03T10:00:00Z,e2,,x\0y\n", (2, "NUL character", "prompt", "x␀… (3 characters)")),
    "10 MB cell": (f"{HEADER}\n{GOOD}a2,2026-08-03T10:00:00Z,e2,,{BIG}\n", (2, "cell too long", "prompt", f"xx… ({10 << 20} characters)")),
    "too few fields": (f"{HEADER}\n{GOOD}a2,2026\n", (2, "malformed line", "", "a2… (7 characters)")),
    "too many fields": (f"{HEADER}\n{GOOD}a2,b,c,d,e,f\n", (2, "malformed line", "", "a2… (12 characters)")),
    "stray open quote": (f'{HEADER}\na2,"b,c,d,e\n{GOOD}', (1, "malformed line", "", "a2… (11 characters)")),
    "no UTF-8": (f"{HEADER}\n{GOOD}".encode() + b"a2,2026-08-03T10:00:00Z,e2,,\xff\n", (2, "not UTF-8", "", "a2… (30 characters)")),
    "tokens": (
        "account_id,occurred_at,input_tokens\n1,2026-08-03T10:00:00Z,7\n1,2026-08-03T10:00:00Z,many\n",
        (2, "not a number", "input_tokens", "ma… (4 characters)"),
    ),
    "half a token": (
        "account_id,occurred_at,input_tokens\n1,2026-08-03T10:00:00Z,7.0\n1,2026-08-03T10:00:00Z,7.5\n",
        (2, "not a number", "input_tokens", "7.… (3 characters)"),
    ),
    "below zero": (
        "account_id,occurred_at,input_tokens\n1,2026-08-03T10:00:00Z,7\n1,2026-08-03T10:00:00Z,-7\n",
        (2, "count below zero", "input_tokens", "-7… (2 characters)"),
    ),
}


@pytest.mark.parametrize("case", ASIDE)
def test_one_bad_row_is_set_aside_and_the_other_kept(tmp_path: Path, case: str) -> None:
    content, expected = ASIDE[case]
    workspace = a_workspace(tmp_path)
    sums = run(workspace, exchanges=a_file(tmp_path, content))
    assert sums.tables["exchanges"] == Tally(2, 1, 0, 1)
    assert sums.reasons == {"exchanges": {expected[1]: 1}}
    assert quarantined(workspace) == [expected]


JSON_GOOD = '{"account_id":"a","occurred_at":"2026-08-03T10:00:00Z"}\n'
JSON_ASIDE = {
    "no JSON": ("{nope\n", "malformed line"),
    "an array": ("[1]\n", "malformed line"),
    "a key twice, found beside another fault": ('{"account_id":1,"account_id":2}\n[1]\n', "malformed line"),
    "nested": ('{"account_id":["a"],"occurred_at":"2026-08-03T10:00:00Z"}\n', "nested value"),
    "lone surrogate beside nested": ('{"account_id":"\\ud800","x":{},"occurred_at":"2026-08-03T10:00:00Z"}\n', "nested value"),
    "lone surrogate": ('{"account_id":"\\ud800","occurred_at":"2026-08-03T10:00:00Z"}\n', "not UTF-8"),
    "too deep": ("[" * 100_000 + "\n", "malformed line"),
    "null time": ('{"account_id":"a","occurred_at":null}\n', "value missing"),
}


@pytest.mark.parametrize("case", JSON_ASIDE)
def test_bad_json_lines_are_set_aside(tmp_path: Path, case: str) -> None:
    content, rule = JSON_ASIDE[case]
    workspace = a_workspace(tmp_path)
    sums = run(workspace, exchanges=a_file(tmp_path, JSON_GOOD + content + "\n" + JSON_GOOD.replace('"a"', '"b"'), "rows.jsonl"))
    assert sums.total == Tally(2 + content.count("\n"), 2, 0, content.count("\n"))
    assert {found for _, found, _, _ in quarantined(workspace)} == {rule}


def test_stray_quotes_cost_one_line_each(tmp_path: Path) -> None:
    lines = [f'a{n},2026-08-03T10:00:{n:02d}Z,e{n},,5" disk {n}' for n in range(20)]
    lines[7] = 'a7,"2026-08-03T10:00:07Z,e7,,open'
    lines[12] = 'a12,2026-08-03T10:00:12Z,e12,,"closed"late'
    workspace = a_workspace(tmp_path)
    sums = run(workspace, exchanges=a_file(tmp_path, HEADER + "\n" + "\n".join(lines)))
    assert sums.tables["exchanges"] == Tally(20, 18, 0, 2)
    assert [row for row, *_ in quarantined(workspace)] == [8, 13]


def test_header_only_and_blank_lines_are_no_rows(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    assert run(workspace, exchanges=a_file(tmp_path, f"{HEADER}\n")).total == Tally()
    assert run(workspace, exchanges=a_file(tmp_path, f"{HEADER}\r\n\r\n{GOOD}\n\n", "b.csv")).total == Tally(1, 1)


def test_times_of_typed_parquet_without_zone_are_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    frame = pl.DataFrame([an_exchange(1)]).with_columns(pl.col("occurred_at").str.to_datetime(time_zone="UTC"))
    frame.with_columns(pl.col("occurred_at").dt.replace_time_zone(None)).write_parquet(path)
    with pytest.raises(DataRefused, match="carry no offset"):
        run(a_workspace(tmp_path), exchanges=path)
    frame.with_columns(pl.col("occurred_at").dt.epoch("s")).write_parquet(path)
    with pytest.raises(DataRefused, match="bare numbers"):
        run(a_workspace(tmp_path), exchanges=path)
    frame.with_columns(ip=[["192.0.2.1"]]).write_parquet(path)
    with pytest.raises(DataRefused, match="nested values"):
        run(a_workspace(tmp_path), exchanges=path)


def test_bytes_in_parquet_are_text_or_set_aside(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    pl.DataFrame([an_exchange(1), an_exchange(2)]).with_columns(prompt=pl.Series([b"fine \xef\xbf\xbd", b"\xff"])).write_parquet(path)
    workspace = a_workspace(tmp_path)
    assert run(workspace, exchanges=path).total == Tally(2, 1, 0, 1)
    assert quarantined(workspace)[0][:3] == (2, "NUL character", "prompt")


def test_a_damaged_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame([an_exchange(n) for n in range(1000)]).write_parquet(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataRefused, match="cannot be read as Parquet"):
        run(a_workspace(tmp_path), exchanges=str(path))


def test_parquet_bombs_are_refused_before_they_unfold(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.parquet")
    text = pl.DataFrame({"account_id": ["a"], "occurred_at": ["2026-08-03T10:00:00Z"], "prompt": ["x" * 100_000]})
    pages = pl.concat([text] * 2700).with_columns(pl.format("{}{}", "prompt", pl.int_range(pl.len())).alias("prompt"))
    pages.write_parquet(path, statistics=False)
    with pytest.raises(DataRefused, match="unfolds to more than"):
        run(a_workspace(tmp_path), exchanges=path)
    pl.concat([text] * 3000).write_parquet(path)  # one long text in a dictionary, many times
    with pytest.raises(DataRefused, match="unfolds to more than"):
        run(a_workspace(tmp_path), exchanges=path)


@given(st.binary(max_size=200))
def test_any_bytes_as_a_footer_are_read_or_refused(tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.parquet"
        path.write_bytes(b"PAR1" + tail + len(tail).to_bytes(4, "little") + b"PAR1")
        with contextlib.suppress(FooterError):
            unfolded_bytes(path)


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        ("nowhere.csv", DataRefused, "does not exist"),
        ("void", DataRefused, "holds no file"),
        ("*.nope", DataRefused, "matches no"),
        ("good.csv/x.csv", DataRefused, "does not exist"),
    ],
)
def test_paths_that_lead_nowhere(tmp_path: Path, path: str, error: type[ClewError], message: str) -> None:
    (tmp_path / "void").mkdir()
    a_file(tmp_path, f"{HEADER}\n{GOOD}", "good.csv")
    with pytest.raises(error, match=message):
        run(a_workspace(tmp_path), exchanges=str(tmp_path / path))


def test_folders_and_globs_find_files_in_order(tmp_path: Path) -> None:
    a_csv(tmp_path, [an_exchange(1)], "one.csv")
    a_file(tmp_path, "no data", "in/notes.txt")
    for n, name in enumerate(("in/b.csv.gz", "in/deep/c.ndjson.zst", "in/.hidden/d.csv")):
        row = an_exchange(n + 2)
        text = HEADER + "\n" + ",".join(row.values()) + "\n" if "csv" in name else pl.DataFrame([row]).write_ndjson()
        a_file(tmp_path, _zst(text) if name.endswith("zst") else _gz(text) if name.endswith("gz") else text, name)
    assert run(a_workspace(tmp_path), exchanges=[str(tmp_path / "*.csv"), str(tmp_path / "in")]).total == Tally(3, 3)


@pytest.mark.skipif(os.getuid() != 0, reason="needs to give up privileges")
@pytest.mark.parametrize("closed", ["file", "folder"])
def test_no_permission_is_a_storage_error(closed: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        path = Path(a_file(Path(name) / "closed", f"{HEADER}\n{GOOD}"))
        (path if closed == "file" else path.parent).chmod(0)
        shown = _as_nobody(str(path))
    assert shown.startswith("StorageError")
    assert "closed" in shown
    assert "ermission" in shown


def _as_nobody(path: str) -> str:
    """What find_sources says to a process without privileges."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        try:
            find_sources("exchanges", [path])
        except BaseException as error:
            os.write(writing, f"{type(error).__name__} {error}".encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as handle:
        return handle.read()


_ON_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from graph.errors import StorageError
from graph.progress import Silent
from graph.store.workspace import open_workspace
from ingest.load import ingest
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    ingest(open_workspace(Path(sys.argv[1])), {"exchanges": [sys.argv[2]]}, None, Silent())
except StorageError as error:
    print("StorageError", error)
"""


@pytest.mark.parametrize("limit", [100, 20_000, 200_000])
def test_a_full_disk_is_a_storage_error_and_publishes_nothing(tmp_path: Path, limit: int) -> None:
    workspace = a_workspace(tmp_path)
    before = visible_files(workspace)
    path = a_csv(tmp_path, [an_exchange(n, prompt=str(n * 7919) * 30) for n in range(3000)])
    shown = subprocess.run(
        [sys.executable, "-c", _ON_FULL_DISK, str(workspace.root), path, str(limit)], capture_output=True, text=True, check=False
    )
    assert "StorageError" in shown.stdout, shown.stderr[-2000:]
    assert visible_files(workspace) == before


CARD = "4111111111111111"
CARDS = {
    "known column": f"account_id,card_fingerprint\n1,fp\n1,{CARD}\n",
    "unknown column": f"account_id,card_fingerprint,note\n1,fp,x\n1,fp,{CARD}\n",
    "spaces": "account_id,card_fingerprint\n1,fp\n1,4111 1111 1111 1111\n",
    "dashes": "account_id,card_fingerprint\n1,fp\n1,4111-1111-1111-1111\n",
    "a spreadsheet's fraction": f"account_id,card_fingerprint\n1,fp\n1,{CARD}.0\n",
    "19 digits": "account_id,card_fingerprint\n1,fp\n1,6304000000000000000\n",
    "13 digits": "account_id,card_fingerprint\n1,fp\n1,4222222222222\n",
    "malformed line": f"account_id,card_fingerprint\n1,fp\n1,fp,{CARD}\n",
    "row that breaks a rule": f"account_id,card_fingerprint\n1,fp\n,{CARD}\n",
}


@pytest.mark.parametrize("case", CARDS)
def test_a_card_number_anywhere_in_payments_refuses_the_file(tmp_path: Path, case: str) -> None:
    workspace = a_workspace(tmp_path)
    before = visible_files(workspace)
    with pytest.raises(DataRefused, match=r"row 2.*card number") as caught:
        run(workspace, payments=a_file(tmp_path, CARDS[case]))
    assert "4111" not in str(caught.value)
    assert visible_files(workspace) == before


def test_card_numbers_typed_or_nested_are_seen_too(tmp_path: Path) -> None:
    path = str(tmp_path / "p.parquet")
    base = pl.DataFrame({"account_id": ["1", "2"], "card_fingerprint": ["f", "f"]})
    columns = ([1, int(CARD)], [None, float(CARD)], [["x"], [CARD]], [{"a": "x"}, {"a": CARD}], [b"x", CARD.encode()])
    for column in columns:
        base.with_columns(pl.Series("extra", column, strict=False)).write_parquet(path)
        with pytest.raises(DataRefused, match="'extra', row 2"):
            run(a_workspace(tmp_path), payments=path)
    jsonl = a_file(
        tmp_path, f'{{"account_id":1,"card_fingerprint":"f"}}\n{{"account_id":1,"card_fingerprint":{{"n":"{CARD}"}}}}\n', "p.jsonl"
    )
    with pytest.raises(DataRefused, match="row 2"):
        run(a_workspace(tmp_path), payments=jsonl)


def test_what_is_no_card_number_passes(tmp_path: Path) -> None:
    mapping = Path(a_file(tmp_path, '[payments]\nunits = { paid_at = "ms" }\n', "m.toml"))
    rows = "".join(f"1,4111111111111112,{1754215200000 + n},{n}.5\n" for n in range(50))
    sums = run(a_workspace(tmp_path), mapping, payments=a_file(tmp_path, f"account_id,card_fingerprint,paid_at,amount\n{rows}"))
    assert sums.total == Tally(50, 50)


def test_luhn_against_the_textbook() -> None:
    def textbook(digits: str) -> bool:
        figures = [int(c) for c in reversed(digits)]
        return sum(d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(figures)) % 10 == 0

    numbers = [str(7**k * 10**12 + k * 977)[:length] for k in range(60) for length in range(13, 20)]
    numbers = [number for number in numbers if len(number) >= 13]
    assert luhn_valid(pl.Series(numbers)).tolist() == [textbook(number) for number in numbers]


def test_hostile_text_is_data_everywhere(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    name = HOSTILE.replace("/", "_") + ".csv"
    path = a_csv(tmp_path, [an_exchange(1, account_id=HOSTILE, prompt=HOSTILE), an_exchange(2, ip=HOSTILE)], name)
    assert run(workspace, exchanges=path).total == Tally(2, 1, 0, 1)
    files = list(workspace.quarantine.glob("*.parquet"))
    assert pl.read_parquet(files)["file"].to_list() == [path]
    assert all(file.name.startswith("exchanges-") for file in files)


def test_an_unknown_verdict_is_set_aside(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    assert run(workspace, labels=a_file(tmp_path, "account_id,verdict\n1,abuse\n2,guilty\n3,benign\n")).total == Tally(3, 2, 0, 1)
