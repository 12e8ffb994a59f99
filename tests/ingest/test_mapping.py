"""The mapping file: what it says, and what it may not say."""

import gzip
import os
from pathlib import Path

import polars as pl
import pytest

from graph.errors import DataRefused, StorageError
from ingest.accounting import Tally
from ingest.mapping import read_mapping
from tests.factory import a_workspace
from tests.ingest.factory import a_csv, a_file, at, quarantined, run, stored

REFUSED = {
    "[invoices]\n": r"unknown table \[invoices\]",
    "[exchanges]\ncolums = {}\n": "unknown key 'colums'",
    '[exchanges]\ncolumns = { acount_id = "x" }\n': "unknown column 'acount_id'",
    '[exchanges]\ncolumns = { ip_net = "x" }\n': "unknown column 'ip_net'",
    '[exchanges]\nunits = { ip = "s" }\n': "ip is no time",
    '[exchanges]\nunits = { occurred_at = "sec" }\n': "'sec' is unknown",
    '[exchanges]\nzone = "Mars/Olympus"\n': "'Mars/Olympus' is no time zone",
    "[exchanges]\nzone = 7\n": "7 is no time zone",
    '[exchanges]\ncolumns = { ip = "x" }\nconstants = { ip = "y" }\n': "both a column and a constant",
    '[accounts.objects]\nurl = "x"\n': r"only \[exchanges.objects\]",
    '[exchanges]\ncolumns = "x"\n': "must be a table",
    "[exchanges\n": "not valid TOML",
    "[exchanges]\ncolumns = " + "[" * 2_000: "not valid TOML",
    "exchanges = 1\n": "is not a table",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_a_mapping_may_not_say(tmp_path: Path, text: str) -> None:
    path = Path(a_file(tmp_path, text, "m.toml"))
    with pytest.raises(DataRefused, match=REFUSED[text]) as caught:
        read_mapping(path)
    assert str(path) in str(caught.value)


def test_an_absent_mapping_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no.toml"):
        read_mapping(tmp_path / "no.toml")


def test_the_order_of_keys_does_not_make_another_mapping(tmp_path: Path) -> None:
    texts = ('[exchanges]\ncolumns = { ip = "a", model = "b" }\n', '[exchanges]\n# same\ncolumns = { model = "b", ip = "a" }\n')
    digests = {read_mapping(Path(a_file(tmp_path, text, "m.toml")))["exchanges"].digest() for text in texts}
    assert len(digests) == 1


TIMES = {
    ("", "2026-08-03T10:00:00Z"): "2026-08-03T10:00:00+00:00",
    ("", "2026-08-03 10:00:00.123456+02:00"): "2026-08-03T08:00:00.123456+00:00",
    ("", "2026-08-03T10:00+0200"): "2026-08-03T08:00:00+00:00",
    ("", "2026-08-03T10:00:00-03"): "2026-08-03T13:00:00+00:00",
    ('units = { occurred_at = "s" }', "1785751200"): "2026-08-03T10:00:00+00:00",
    ('units = { occurred_at = "s" }', "1785751200.25"): "2026-08-03T10:00:00.250000+00:00",
    ('units = { occurred_at = "ms" }', "1785751200001"): "2026-08-03T10:00:00.001000+00:00",
    ('units = { occurred_at = "us" }', "1785751200000001"): "2026-08-03T10:00:00.000001+00:00",
    ('units = { occurred_at = "ns" }', "1785751200000001999"): "2026-08-03T10:00:00.000001+00:00",
    ('zone = "Europe/Berlin"', "2026-08-03 10:00:00"): "2026-08-03T08:00:00+00:00",
    ('zone = "Europe/Berlin"', "2026-08-03"): "2026-08-02T22:00:00+00:00",
    ('zone = "Europe/Berlin"', "2026-08-03T10:00:00Z"): "2026-08-03T10:00:00+00:00",
}


@pytest.mark.parametrize(("said", "text"), TIMES)
def test_times(tmp_path: Path, said: str, text: str) -> None:
    workspace = a_workspace(tmp_path)
    mapping = Path(a_file(tmp_path, f"[exchanges]\n{said}\n", "m.toml"))
    run(workspace, mapping, exchanges=a_csv(tmp_path, [{"account_id": "a", "occurred_at": text}]))
    assert stored(workspace, "exchanges")["occurred_at"].to_list() == [at(TIMES[said, text])]


BROKEN_TIMES = {
    ('zone = "Europe/Berlin"', "2026-03-29T02:30:00"): "time skipped by the clock",
    ('zone = "Europe/Berlin"', "2026-10-25T02:30:00"): "time repeated by the clock",
    ('zone = "Europe/Berlin"', "2026-02-30T02:30:00"): "not a time",
    ('units = { occurred_at = "s" }', "1785751200000"): "time out of range",
    ('units = { occurred_at = "s" }', "99999999999999999999999"): "time out of range",
    ('units = { occurred_at = "s" }', "nan"): "not a time",
    ('units = { occurred_at = "s" }', "2026-08-03T10:00:00Z"): "not a time",
}


@pytest.mark.parametrize(("said", "text"), BROKEN_TIMES)
def test_times_that_cannot_be_placed(tmp_path: Path, said: str, text: str) -> None:
    workspace = a_workspace(tmp_path)
    mapping = Path(a_file(tmp_path, f"[exchanges]\n{said}\n", "m.toml"))
    assert run(workspace, mapping, exchanges=a_csv(tmp_path, [{"account_id": "a", "occurred_at": text}])).total == Tally(1, 0, 0, 1)
    assert [rule for _, rule, _, _ in quarantined(workspace)] == [BROKEN_TIMES[said, text]]


def test_columns_constants_and_typed_parquet(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    said = '[exchanges]\ncolumns = { account_id = "user", occurred_at = "ts" }\nunits = { occurred_at = "ms" }\n'
    said += 'constants = { surface = "api" }\n'
    path = str(tmp_path / "rows.parquet")
    pl.DataFrame({"user": [1, 2], "ts": [1785751200001, None], "occurred_at": ["x", "y"]}).write_parquet(path)
    sums = run(workspace, Path(a_file(tmp_path, said, "m.toml")), exchanges=path)
    assert (sums.total, sums.unknown) == (Tally(2, 1, 0, 1), {"exchanges": ("occurred_at",)})
    row = stored(workspace, "exchanges").row(0, named=True)
    assert (row["account_id"], row["surface"], row["occurred_at"].microsecond) == ("1", "api", 1000)


ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CLEW_DATA", ROOT.parent / "shared" / "data"))


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not here")
def test_real_posts_give_the_objects_a_plain_count_gives(tmp_path: Path) -> None:
    source = DATA / "german_elections.csv.gz"
    workspace = a_workspace(tmp_path)
    sums = run(workspace, ROOT / "docs/mappings/german_elections.toml", exchanges=str(source))
    frame = pl.read_csv(gzip.decompress(source.read_bytes()), infer_schema=False)
    assert sums.total.rows_in == frame.height == 218_971
    assert sums.total.quarantined == 0
    assert stored(workspace, "exchanges").height == frame.select("account_id", "post_id", "timestamp").n_unique()
    kinds = {"url": "url_id", "hashtag": "hashtag_id", "domain": "domain_id", "image": "phash_id"}
    expected = {
        kind: frame.filter(pl.col(column).is_not_null()).select("account_id", "post_id", "timestamp", column).n_unique()
        for kind, column in kinds.items()
    }
    assert dict(stored(workspace, "objects")["kind"].value_counts().iter_rows()) == expected
