import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import bagit
import networkx
import polars as pl
import pytest
from lxml import etree

from graph.bundle.export import export_bundle
from graph.bundle.exporters.tables import exact_csv, spreadsheet_csv
from graph.bundle.redaction import Redaction
from graph.bundle.verify import verify_bundle
from graph.errors import StorageError, UsageError
from graph.store.snapshot import FRAMES
from tests.factory import HOSTILE, a_snapshot, a_workspace
from tests.graph.bundle.bundles import CLUSTER, a_bundle, members

SCHEMAS = Path(__file__).parent / "schemas"
LEVELS = list(Redaction)


@pytest.fixture(scope="module", params=LEVELS)
def bundle(request, tmp_path_factory):
    return a_bundle(tmp_path_factory.mktemp("bundle"), request.param)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return a_bundle(tmp_path_factory.mktemp("full"), Redaction.FULL)


def unzipped(bundle, folder):
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return next(folder.iterdir())


def test_an_independent_reader_finds_the_bag_valid(bundle, tmp_path):
    bagit.Bag(str(unzipped(bundle, tmp_path))).validate()


def test_no_file_is_an_empty_placeholder(bundle):
    assert all(content for content in members(bundle).values())
    tables = [c for n, c in members(bundle).items() if n.endswith(".csv")]
    assert all(c.count(b"\r\n") > 1 for c in tables)


def test_the_zip_is_sorted_stored_and_dateless(bundle):
    with zipfile.ZipFile(bundle) as archive:
        entries = archive.infolist()
    assert [e.filename for e in entries] == sorted(e.filename for e in entries)
    assert {(e.date_time, e.compress_type, e.external_attr >> 16) for e in entries} == {((1980, 1, 1, 0, 0, 0), 0, 0o100644)}


@pytest.mark.parametrize("form", ["graphml", "gexf"])
@pytest.mark.parametrize("level", [Redaction.FULL, Redaction.PSEUDONYMOUS])
def test_graphs_are_valid_and_read_back_whole(form, level, tmp_path):
    files = members(a_bundle(tmp_path, level))
    content = files[f"data/graph/graph.{form}"]
    etree.XMLSchema(etree.parse(SCHEMAS / f"{form}.xsd")).assertValid(etree.fromstring(content))
    read = {"graphml": networkx.read_graphml, "gexf": lambda f: networkx.read_gexf(f, version="1.2draft")}[form]
    graph = read(io.BytesIO(content))
    rows = {name: files[f"data/evidence/{name}.csv"].count(b"\r\n") - 1 for name in ("accounts", "entities", "links")}
    if level is Redaction.FULL:  # hostile labels hold no line breaks
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (rows["accounts"] + rows["entities"], rows["links"])
    assert {data["node_kind"] for _, data in graph.nodes(data=True)} >= {"account", "card", "sentence"}


def test_public_bundles_hold_no_row_per_account(tmp_path):
    files = members(a_bundle(tmp_path, Redaction.PUBLIC))
    tables = {name.split("/")[-1] for name in files if name.endswith(".csv") and "spreadsheet" not in name}
    assert tables == {"bands.csv", "channels.csv", "templates.csv", "timeline.csv"}
    assert not [name for name in files if "/graph/" in name]


def test_parquet_and_csv_tell_the_same(full):
    files = members(full)
    for name in [n for n in files if n.endswith(".parquet")]:
        frame = pl.read_parquet(io.BytesIO(files[name]))
        assert exact_csv(frame) == files[name.replace(".parquet", ".csv")]


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


ALLOWED_TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "section",
        "div",
        "span",
        "p",
        "b",
        "i",
        "h1",
        "h2",
        "h3",
        "table",
        "caption",
    ),
    *("thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code", "figure", "figcaption", "svg", "rect", "line", "text"),
}


def test_the_report_runs_nothing_and_reaches_nowhere(bundle):
    page = Page(members(bundle)["data/report/report.html"].decode())
    assert set(page.tags) <= ALLOWED_TAGS
    names = {name for name, _ in page.attributes}
    assert not {n for n in names if n.startswith("on")} and not names & {
        "href",
        "src",
        "srcset",
        "action",
        "data",
        "xlink:href",
        "background",
    }
    assert "url(" not in page.text and "@import" not in page.text
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_every_file_the_report_names_is_there(bundle):
    files = members(bundle)
    words = Page(files["data/report/report.html"].decode()).text.replace("·", " ").split()
    named = {w for w in words if "/" in w and w.split("/")[0] in ("evidence", "findings", "repro", "redaction", "custody")}
    assert len(named) >= 6
    assert {f"data/{w.rstrip('.:')}" for w in named} <= set(files)


def test_wording_never_convicts(bundle):
    said = b"".join(c for n, c in members(bundle).items() if n.endswith((".html", ".jsonl", ".md", ".txt")) and "/legal/" not in n).lower()
    assert not [word for word in (b"proven", b"guilty", b"criminal", b"perpetrator") if word in said]


def test_claims_keep_standing_apart(bundle):
    claims = [json.loads(line) for line in members(bundle)["data/findings/claims.jsonl"].splitlines()]
    assert {c["status"] for c in claims} <= {"observed", "inferred", "suspected"}
    assert not [c for c in claims if c["status"] == "observed" and re.search(r"[Cc]hance|expect|\bq ", c["statement"])]
    assert all((c["confidence"] is None) == (c["status"] == "observed") for c in claims)
    assert claims[-1]["status"] == "suspected" and claims[-1]["counter_evidence"]
    assert all(f"data/{path}" in members(bundle) for c in claims for path in c["evidence"])


def test_hostile_text_is_text_everywhere(full):
    files = members(full)
    exact = list(csv.DictReader(io.StringIO(files["data/evidence/entities.csv"].decode(), newline="")))
    assert HOSTILE in [row["label"] for row in exact]
    report = files["data/report/report.html"].decode()
    assert "<img" not in report and "&lt;img src=x onerror=alert(1)&gt;⟨U+202E⟩" in report
    graph = networkx.read_graphml(io.BytesIO(files["data/graph/graph.graphml"]))
    assert "<img src=x onerror=alert(1)>⟨U+202E⟩=cmd|'/c calc'!A1⟨U+200B⟩" in {data.get("name") for _, data in graph.nodes(data=True)}


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "|calc", "%0A", "\u200b=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_sees_no_formula(text):
    cell = next(csv.reader([spreadsheet_csv(pl.DataFrame({"a": [text]})).decode().split("\r\n")[1]]))[0]
    assert cell.startswith(("'", "⟨"))


def test_exact_csv_is_rfc_4180_and_loses_nothing():
    texts = [HOSTILE, 'say "so"', "a,b", "line\r\nbreak", "", " padded ", "\x00\x1f", "=1"]
    rows = list(csv.reader(io.StringIO(exact_csv(pl.DataFrame({"a": texts})).decode(), newline="")))
    assert [row[0] if row else "" for row in rows[1:]] == texts


def test_readme_steps_work_as_written(bundle, tmp_path):
    root = unzipped(bundle, tmp_path)
    steps = [line for line in (root / "data/README.txt").read_text().splitlines() if line.startswith(" " * 6)]
    script = "\n".join(line.strip() for line in steps).replace("/tmp/", f"{tmp_path}/")
    done = subprocess.run(["sh", "-e", "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert "FAILED" not in done.stdout and done.stdout.count(": OK") == len(members(bundle)) - 6
    assert "Signature Verified Successfully" in done.stdout + done.stderr
    assert done.stdout.count("\nsigned") == 2


RUN = """
import sys
from pathlib import Path
from graph.bundle.export import export_bundle
from graph.store import snapshot
from graph.store.workspace import open_workspace
ws = open_workspace(Path(sys.argv[1]))
export_bundle(ws, snapshot.latest(ws), "CL-000001", Path(sys.argv[2]))
"""


def test_equal_bytes_whatever_the_environment(tmp_path):
    first = a_bundle(tmp_path, Redaction.PSEUDONYMOUS, accounts=30).read_bytes()
    for seed, zone, language in (("0", "UTC", "C"), ("1", "Asia/Tokyo", "de_DE.UTF-8"), ("77", "America/Lima", "tr_TR.UTF-8")):
        out = tmp_path / f"{seed}.zip"
        env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
        subprocess.run([sys.executable, "-c", RUN, str(tmp_path / "workspace"), str(out)], env=env, check=True)
        assert out.read_bytes() == first


@pytest.mark.parametrize("level", LEVELS)
def test_equal_bytes_whatever_the_order_of_rows(level, tmp_path):
    workspace = a_workspace(tmp_path)
    snap = a_snapshot(workspace)
    before = export_bundle(workspace, snap, CLUSTER, tmp_path / "a.zip", redaction=level).read_bytes()
    for name in FRAMES:
        path = snap.root / f"{name}.parquet"
        pl.read_parquet(path).sample(fraction=1, shuffle=True, seed=5).write_parquet(path)
    assert export_bundle(workspace, snap, CLUSTER, tmp_path / "b.zip", redaction=level).read_bytes() == before


def test_an_unknown_cluster_is_refused(tmp_path):
    workspace = a_workspace(tmp_path)
    snap = a_snapshot(workspace)
    with pytest.raises(UsageError, match="CL-999999"):
        export_bundle(workspace, snap, "CL-999999", tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


def test_a_failed_export_leaves_the_old_bundle_and_no_litter(tmp_path, monkeypatch):
    out = a_bundle(tmp_path)
    before, there = out.read_bytes(), sorted(tmp_path.iterdir())

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("graph.bundle.bag.archive", full_disk)
    with pytest.raises(StorageError, match="No space left"):
        a_bundle(tmp_path)
    assert (out.read_bytes(), sorted(tmp_path.iterdir())) == (before, there)


def test_a_cluster_id_leads_nowhere(tmp_path, monkeypatch):
    workspace = a_workspace(tmp_path)
    snap = a_snapshot(workspace, clusters=1)
    evil = "../../etc/\u202epasswd\n<x>"
    clusters = json.loads((snap.root / "clusters.json").read_text())
    (snap.root / "clusters.json").write_text(json.dumps([{**clusters[0], "cluster_id": evil}]))
    for frame in ("members", "links", "cluster_entities", "timeline", "templates", "layout"):
        path = snap.root / f"{frame}.parquet"
        pl.read_parquet(path).with_columns(cluster_id=pl.lit(evil)).write_parquet(path)
    out = export_bundle(workspace, snap, evil, tmp_path / "b.zip", redaction=Redaction.FULL)
    assert verify_bundle(out).ok
    etree.XMLSchema(etree.parse(SCHEMAS / "graphml.xsd")).assertValid(etree.fromstring(members(out)["data/graph/graph.graphml"]))
