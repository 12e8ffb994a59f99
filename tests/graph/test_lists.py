import gzip
import ipaddress
import shutil
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import lists
from graph.detect import detect
from graph.errors import DataRefused
from graph.night import open_night
from graph.progress import Silent
from graph.store.workspace import create_workspace
from ingest.load import ingest
from tests import realdata


def laid(tmp_path, **files):
    """Lists laid into a workspace: name with _ for . → text."""
    folder = tmp_path / "lists"
    folder.mkdir()
    for name, text in files.items():
        path = folder / name.replace("__", "-").replace("_", ".")
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return lists.load(tmp_path)


def held(ranges, *addresses):
    return lists.inside(pl.Series(addresses, dtype=pl.String), ranges).to_list()


def test_without_a_folder_there_are_no_lists(tmp_path):
    assert lists.load(tmp_path).names == frozenset()
    assert held(lists.load(tmp_path).vpn, "1.2.3.4") == [None]


def test_systems_are_found_by_address(tmp_path):
    found = laid(tmp_path, asn__ipv4_csv_gz='1.0.0.0,1.0.0.255,13335,"Net, Inc."\n0.0.0.9,0.0.0.9,7,\n')
    assert found.systems["system"].to_list() == ["AS7", "AS13335 Net, Inc."]
    asked = ["1.0.0.0", "1.0.0.255", "1.0.1.0", "0.0.0.9", "0.0.0.8", "::1", "k_12", None]
    assert held(found.systems, *asked) == [1, 1, None, 0, None, None, None, None]
    assert found.digests["asn-ipv4"]["entries"] == 2


def test_ranges_may_nest_and_overlap_and_carry_comments(tmp_path):
    found = laid(tmp_path, vpn_txt="# exits\n10.0.0.0/8\n10.1.2.0/24  # within\n\n192.0.2.7\n")
    assert held(found.vpn, "10.0.0.0", "10.255.255.255", "11.0.0.0", "192.0.2.7", "192.0.2.8") == [0, 0, None, 1, None]


def test_domains_are_compared_in_lower_case(tmp_path):
    assert laid(tmp_path, disposable_txt="B.example\na.example\nA.EXAMPLE\n").disposable["domain"].to_list() == ["a.example", "b.example"]


@pytest.mark.parametrize(
    "files, fault",
    [
        ({"vpn_txt": "10.0.0.0/8\n2001:db8::/32\n"}, "vpn.txt: line 2"),
        ({"hosting_txt": "10.0.0.0/33\n"}, "hosting.txt: line 1"),
        ({"asn__ipv4_csv": "1.0.0.9,1.0.0.1,7,x\n"}, "asn-ipv4.csv: line 1"),
        ({"asn__ipv4_csv": "1.0.0.9,1.0.0.1\n"}, "asn-ipv4.csv"),
        ({"disposable_txt": "a.example\nuser@b.example\n"}, "disposable.txt: line 2"),
        ({"vpn_txt": "10.0.0.0/8\n", "vpn_txt_gz": "10.0.0.0/8\n"}, "twice"),
        ({"notes_md": "x"}, "no list that Clew knows"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(tmp_path, files, fault):
    with pytest.raises(DataRefused, match=fault):
        laid(tmp_path, **files)


def test_a_torn_gzip_file_is_refused(tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "vpn.txt.gz").write_bytes(gzip.compress(b"10.0.0.0/8\n" * 99)[:-9])
    with pytest.raises(DataRefused, match=r"vpn\.txt\.gz: is no whole gzip file"):
        lists.load(tmp_path)


_NETWORKS = st.tuples(st.ip_addresses(v=4), st.integers(0, 32)).map(lambda pair: ipaddress.ip_network(pair, strict=False))


@given(st.lists(_NETWORKS, min_size=1), st.lists(st.ip_addresses(v=4)))
def test_an_address_is_inside_exactly_when_a_range_holds_it(networks, addresses):
    with tempfile.TemporaryDirectory() as folder:
        found = laid(Path(folder), vpn_txt="".join(f"{network}\n" for network in networks))
    asked = [*addresses, *(network[0] for network in networks), *(network[-1] for network in networks)]
    rows = held(found.vpn, *map(str, asked))
    assert [row is not None for row in rows] == [any(address in network for network in networks) for address in asked]


def test_the_real_list_places_known_addresses(tmp_path):
    (tmp_path / "lists").mkdir()
    shutil.copyfile(realdata.real("asn-ipv4.csv.gz"), tmp_path / "lists" / "asn-ipv4.csv.gz")
    systems = lists.load(tmp_path).systems
    row = held(systems, "1.1.1.1")[0]
    assert systems["system"][row].startswith("AS13335 ")


def test_lists_stand_in_the_manifest_and_do_not_apply_to_pseudonyms(tmp_path):
    workspace = create_workspace(tmp_path / "w")
    ingest(workspace, {"exchanges": [_exchange(tmp_path)]}, None, Silent())
    (workspace.root / "lists").mkdir()
    (workspace.root / "lists" / "vpn.txt").write_text("10.0.0.0/8\n")
    assert open_night(workspace, None, 60).has("lists", "vpn")
    assert detect(workspace, until=None, window_days=60, seed=1, progress=Silent()).manifest["lists"]["vpn"]["entries"] == 1
    workspace.settings_file.write_text('[privacy]\npseudonymise = ["ip"]\n')
    assert not open_night(workspace, None, 60).has("lists", "vpn")


def _exchange(folder):
    path = folder / "exchanges.csv"
    path.write_text("account_id,occurred_at,ip\na,2026-08-03T00:00:00Z,10.1.2.3\n")
    return str(path)
