import base64
import datetime as dt
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import indicators
from graph.bundle.tlp import Tlp
from graph.errors import DataRefused, UsageError
from tests.factory import a_snapshot, a_workspace
from tests.graph.bundle.bundles import at, store

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
DAY = dt.date(2026, 8, 20)


@pytest.fixture
def party(tmp_path):
    """A partner that knows three of our cards, and one of its own that we lack."""
    workspace = a_workspace(tmp_path)
    snap = a_snapshot(workspace, clusters=1)
    cards = ["fp_00000", "fp_00004", "fp_of_mine"]
    store(workspace, payments=[{"account_id": f"p-{i}", "card_fingerprint": card, "paid_at": at(i)} for i, card in enumerate(cards)])
    return workspace, snap


def exported(party, **more):
    workspace, snap = party
    return indicators.of_snapshot(workspace, snap, more.pop("key", KEY), Tlp.AMBER, 30, **more)


def test_who_shares_the_key_finds_what_is_common_and_nothing_else(party):
    found = indicators.match(party[0], exported(party), KEY, DAY)
    assert [(hit.kind, hit.value, hit.accounts) for hit in found] == [("card", "fp_00000", 1), ("card", "fp_00004", 1)]
    assert {hit.tlp for hit in found} == {"amber"}


def test_another_key_finds_nothing(party):
    assert indicators.match(party[0], exported(party), OTHER, DAY) == []


@pytest.mark.parametrize("form", [indicators.as_csv, indicators.as_stix])
def test_a_file_holds_no_value_and_no_digest_of_one_without_the_key(party, form):
    content = form(exported(party))
    for value in ("fp_00000", "fp_00004", "CL-000000", "acct-0"):
        assert value.encode() not in content
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            assert hashlib.new(name, value.encode()).hexdigest().encode() not in content


@pytest.mark.parametrize(("form", "name"), [(indicators.as_csv, "i.csv"), (indicators.as_stix, "i.json")])
def test_what_is_written_is_read_back(party, form, name, tmp_path):
    (tmp_path / name).write_bytes(form(exported(party)))
    assert indicators.read(tmp_path / name) == exported(party)


def test_they_expire(party):
    made = exported(party)
    last = dt.date.fromisoformat(made[0].valid_until)
    assert indicators.match(party[0], made, KEY, last)
    assert not indicators.match(party[0], made, KEY, last + dt.timedelta(days=1))
    assert not indicators.match(party[0], made, KEY, dt.date.fromisoformat(made[0].valid_from) - dt.timedelta(days=1))


def test_an_import_is_kept_once(party):
    workspace = party[0]
    assert indicators.store(workspace, exported(party)) == indicators.store(workspace, exported(party))
    assert indicators.stored(workspace) == exported(party)


def test_an_unknown_cluster_is_a_usage_error(party):
    with pytest.raises(UsageError, match="no such cluster"):
        exported(party, cluster="CL-FFFFFF")


BAD = [
    b"kind,hmac_sha256\r\ncard,00\r\n",
    b"kind,hmac_sha256,confidence,tlp,valid_from,valid_until\r\ncard,zz,85,amber,2026-01-01,2026-02-01\r\n",
    b"kind,hmac_sha256,confidence,tlp,valid_from,valid_until\r\ncard," + b"0" * 64 + b",850,amber,2026-01-01,2026-02-01\r\n",
    b"kind,hmac_sha256,confidence,tlp,valid_from,valid_until\r\ncard," + b"0" * 64 + b",85,mauve,2026-01-01,2026-02-01\r\n",
    b"kind,hmac_sha256,confidence,tlp,valid_from,valid_until\r\n=cmd," + b"0" * 64 + b",85,amber,2026-01-01,2026-02-01\r\n",
    b"kind,hmac_sha256,confidence,tlp,valid_from,valid_until\r\ncard," + b"0" * 64 + b",85,amber,2026-03-01,2026-02-01\r\n",
    b"\xff\xfe",
    b"{",
    b"{}",
    b"[" * 100_000,
    b'{"objects": ' + b"[" * 100_000,
    b'{"objects": [{"type": "indicator", "pattern": 5}]}',
]


@pytest.mark.parametrize("content", BAD)
def test_a_malformed_file_is_refused(content, tmp_path):
    path = tmp_path / "i"
    path.write_bytes(content)
    with pytest.raises(DataRefused, match=str(path)):
        indicators.read(path)


@pytest.mark.parametrize("content", [b"short", b"", base64.b64encode(bytes(16))])
def test_a_short_key_is_refused(content, tmp_path):
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(UsageError, match="needs 32"):
        indicators.read_key(tmp_path / "k")
    with pytest.raises(UsageError, match="cannot be read"):
        indicators.read_key(tmp_path / "none")


@given(st.text(max_size=20), st.text(max_size=20))
def test_values_and_kinds_never_run_into_one_another(one, other):
    assert (indicators.keyed(KEY, "card", one) == indicators.keyed(KEY, "card", other)) == (one == other)
    assert indicators.keyed(KEY, "card", one) != indicators.keyed(KEY, "client", one)
