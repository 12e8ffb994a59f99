"""Each format of a bundle before a reader that nobody here wrote."""

import io
import json
import subprocess
import sys
import uuid

import minisign
import pikepdf
import pypdfium2
import pytest
from prov.model import ProvDocument
from pymisp import MISPEvent

from graph.bundle.exporters.pdf import latin
from graph.bundle.redaction import Redaction
from graph.bundle.tlp import MEANINGS, USUAL
from tests.graph.bundle.bundles import a_bundle, members


@pytest.fixture(scope="module", params=list(Redaction))
def level(request):
    return request.param


@pytest.fixture(scope="module")
def files(level, tmp_path_factory):
    return members(a_bundle(tmp_path_factory.mktemp("formats"), level))


def run(module, *arguments):
    """A validator as its own process, as partners run it."""
    script = f"import sys; from {module} import main; sys.exit(main())"
    return subprocess.run([sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)], capture_output=True, text=True)


def test_stix_is_valid_to_its_makers_strictest(files, tmp_path):
    path = tmp_path / "bundle.json"
    path.write_bytes(files["data/stix/bundle.json"])
    done = run("stix2validator.scripts.stix2_validator", "--version", "2.1", "--strict", "--enforce-refs", path)
    assert done.returncode == 0 and "Valid" in done.stdout, done.stdout + done.stderr


def test_stix_refers_to_nothing_outside_itself(files, level):
    objects = json.loads(files["data/stix/bundle.json"])["objects"]
    there = {each["id"] for each in objects}
    named = {
        ref
        for each in objects
        for key, value in each.items()
        if key.endswith(("_ref", "_refs"))
        for ref in ([value], value)[isinstance(value, list)]
    }
    assert named <= there and len(there) == len(objects)
    assert MEANINGS[USUAL[level]].marking in there
    assert {uuid.UUID(each["id"].split("--")[1]).version for each in objects if each["type"] in ("grouping", "note", "identity")} == {4}


def test_misp_reads_the_event(files):
    event = MISPEvent()
    event.load(files["data/misp/event.json"].decode())
    assert event.attributes and not event.published and not any(attribute.to_ids for attribute in event.attributes)
    assert event.tags[0].name.startswith("tlp:")
    assert len({attribute.uuid for attribute in event.attributes}) == len(event.attributes)


def test_prov_reads_the_provenance(files):
    document = ProvDocument.deserialize(io.StringIO(files["data/prov/prov.json"].decode()))
    assert {str(record.identifier) for record in document.get_records()} >= {
        "clew:snapshot",
        "clew:bundle",
        "clew:analysis",
        "clew:software",
    }


def test_case_conforms_to_its_ontology(files, tmp_path):
    path = tmp_path / "case.jsonld"
    path.write_bytes(files["data/case/case.jsonld"])
    done = run("case_utils.case_validate", path)
    assert done.returncode == 0 and "Conforms: True" in done.stdout, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_crate_names_every_file_with_its_size(files):
    graph = {each["@id"]: each for each in json.loads(files["data/ro-crate-metadata.json"])["@graph"]}
    payload = {name.removeprefix("data/") for name in files if name.startswith("data/")} - {"ro-crate-metadata.json"}
    assert {part["@id"] for part in graph["./"]["hasPart"]} == payload
    assert all(graph[name]["contentSize"] == str(len(files[f"data/{name}"])) for name in payload)


def test_the_pdf_is_whole_and_says_what_the_report_says(files):
    content = files["data/report/report.pdf"]
    assert pikepdf.open(io.BytesIO(content)).check_pdf_syntax() == []
    pages = pypdfium2.PdfDocument(content)
    text = " ".join(" ".join(pages[place].get_textpage().get_text_bounded() for place in range(len(pages))).split())
    for words in ("are suspected to be operated together", "What speaks against it", "What it cannot show", "Custody", "TLP:"):
        assert words in text
    assert b"/JavaScript" not in content and b"/URI" not in content and b"/EmbeddedFile" not in content


SPELT = [("a – b", "a – b"), ("中", "<U+4E2D>"), ("10⁻¹²", "10^-12"), ("a\u202eb", "a<U+202E>b"), ("−1", "-1")]


@pytest.mark.parametrize(("text", "shown"), SPELT)
def test_letters_that_the_pdf_lacks_are_shown_by_code(text, shown):
    assert latin(text) == shown


def test_minisign_accepts_the_signature(files):
    key = minisign.PublicKey.from_bytes(files["signatures/signer.minisign.pub"])
    signature = minisign.Signature.from_bytes(files["signatures/tagmanifest-sha256.txt.minisig"])
    key.verify(files["tagmanifest-sha256.txt"], signature)
    with pytest.raises(minisign.VerifyError):
        key.verify(files["tagmanifest-sha256.txt"] + b"x", signature)


def test_two_recipients_can_join_nothing(tmp_path):
    names = {}
    for recipient in ("ana", "ben", None):
        folder = tmp_path / str(recipient)
        folder.mkdir()
        made = members(a_bundle(folder, Redaction.PSEUDONYMOUS, accounts=8, recipient=recipient, key=bytes(range(32))))
        names[recipient] = {line.split(b",")[0] for line in made["data/evidence/accounts.csv"].splitlines()[1:]}
        assert (recipient is None) == (b"Recipient: " not in made["bag-info.txt"])
    assert all(len(each) == 8 for each in names.values())
    assert not names["ana"] & names["ben"] and not names["ana"] & names[None]
