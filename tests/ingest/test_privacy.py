"""Keys, derived columns, signatures, retention."""

import datetime as dt
import ipaddress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.store import tables
from ingest.addresses import address_table
from ingest.derive import email_domain, email_pattern
from ingest.quarantine import masked
from ingest.retention import drop_old_rows
from ingest.signatures import row_signature
from tests.factory import a_workspace
from tests.ingest.factory import a_csv, an_exchange, run, stored

ALL = '[privacy]\npseudonymise = ["card_fingerprint", "ip", "email", "phone"]\nkeep_prompts_days = 10\n'
SECRETS = ("198.51.100.7", "198.51.100.0/24", "anna.kim", "+49301234", "fp_secret")


def test_keyed_identifiers_reach_no_file_and_stay_linkable(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    workspace.settings_file.write_text(ALL)
    account = {"account_id": "a", "email": "anna.kim77@example.org", "phone": "+49301234", "signup_ip": "198.51.100.7"}
    exchange = an_exchange(1, ip="::ffff:198.51.100.7")
    bad = an_exchange(2, ip="198.51.100.7 or so")
    inputs = {"accounts": a_csv(tmp_path, [account], "a.csv"), "exchanges": a_csv(tmp_path, [exchange, bad], "x.csv")}
    run(workspace, payments=a_csv(tmp_path, [{"account_id": "a", "card_fingerprint": "fp_secret"}], "p.csv"), **inputs)
    held, seen = stored(workspace, "accounts").row(0, named=True), stored(workspace, "exchanges").row(0, named=True)
    assert (held["email_domain"], held["email_pattern"]) == ("example.org", "a.a99")
    assert held["signup_ip"] == seen["ip"] != held["signup_net"] == seen["ip_net"]
    assert all(str(held[name]).startswith("k_") for name in ("email", "phone", "signup_ip", "signup_net"))
    text = "".join(str(pl.read_parquet(path).rows()) for path in workspace.root.rglob("*.parquet"))
    assert not [secret for secret in SECRETS if secret in text]


def test_another_workspace_gives_other_pseudonyms(tmp_path: Path) -> None:
    values = set()
    for name in "ab":
        workspace = a_workspace(tmp_path / name)
        workspace.settings_file.write_text('[privacy]\npseudonymise = ["ip"]\n')
        run(workspace, exchanges=a_csv(tmp_path, [an_exchange(1)]))
        values |= set(stored(workspace, "exchanges")["ip"])
    assert len(values) == 2


@pytest.mark.parametrize(
    ("email", "domain", "pattern"),
    [
        ("anna.kim77@Example.ORG", "example.org", "a.a99"),
        ("a1b2c3@x.io", "x.io", "a9a9a9"),
        ("Ünal_99-x+tag@x.io", "x.io", "a_99-a+a"),
        ("no address", None, None),
        ("a@b@c.de", "c.de", "a@a"),
        (None, None, None),
    ],
)
def test_the_shape_of_a_mail_name(email: str | None, domain: str | None, pattern: str | None) -> None:
    frame = pl.DataFrame({"e": pl.Series([email], dtype=pl.String)}).select(d=email_domain(pl.col("e")), p=email_pattern(pl.col("e")))
    assert frame.row(0) == (domain, pattern)


@given(st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=20)), max_size=20))
def test_addresses_as_the_standard_library_sees_them(texts: list[str]) -> None:
    for text, address, net in address_table(pl.Series(texts, dtype=pl.String)).iter_rows():
        try:
            known = ipaddress.ip_address(text.strip())
        except ValueError:
            assert address is None
            continue
        known = getattr(known, "ipv4_mapped", None) or known
        if "%" not in text:
            assert address == str(known)
            assert known in ipaddress.ip_network(net)


@given(st.lists(st.tuples(*[st.one_of(st.none(), st.text("ab\x01\x1f ", min_size=1, max_size=3))] * 3), min_size=1, max_size=30))
def test_row_signatures_are_equal_only_for_equal_rows(rows: list[tuple[str | None, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abc", pl.String), orient="row")
    assert row_signature(frame, "abc", "s").n_unique() == len(set(rows))


def test_row_signatures_do_not_change_from_version_to_version() -> None:
    frame = pl.DataFrame({"a": ["x", None], "b": [1, 2], "c": [dt.datetime(2026, 8, 3, tzinfo=dt.UTC)] * 2})
    assert row_signature(frame, ["a", "b", "c"], "s").to_list() == [2652166912166729310, 2915465173921081907]


def test_old_prompts_go_and_their_signatures_stay(tmp_path: Path) -> None:
    workspace = a_workspace(tmp_path)
    workspace.settings_file.write_text(ALL)
    run(workspace, exchanges=a_csv(tmp_path, [an_exchange(n, day=n) for n in range(1, 9)]))
    manifest = tables.current(workspace)
    kept = drop_old_rows(workspace, manifest, dt.date(2026, 8, 15))
    assert tables.days(kept, "prompts") == ["2026-08-05", "2026-08-06", "2026-08-07", "2026-08-08"]
    assert len(list(workspace.prompts.rglob("*.parquet"))) == 4
    assert tables.current(workspace) == kept == drop_old_rows(workspace, kept, dt.date(2026, 8, 15))
    assert stored(workspace, "fragments").height == stored(workspace, "exchanges").height == 8


@given(st.text(max_size=40))
def test_a_masked_value_shows_two_characters_at_most(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    shown = pl.DataFrame({"v": pl.Series([text], dtype=pl.String)}).select(masked(pl.col("v"))).item()
    assert shown == f"{text[:2].replace(chr(0), '␀')}… ({len(text)} characters)"
