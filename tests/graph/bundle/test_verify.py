import base64
import hashlib
import io
import json
import random
import struct
import warnings
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph.bundle import minisign, signing
from graph.bundle.verify import verify_bundle
from graph.errors import UsageError
from tests.graph.bundle.bundles import a_bundle, listing, members, rebuilt, resealed, zipped

ROOT = "clew-CL-000001"
README = "data/README.txt"
ENVELOPE, PUBLIC = "signatures/bundle.dsse.json", "signatures/signer.pub.pem"
MINISIG, MINIKEY = "signatures/tagmanifest-sha256.txt.minisig", "signatures/signer.minisign.pub"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    path = a_bundle(folder, accounts=3)
    return path.read_bytes(), members(path), folder / "workspace/keys/signing.pub.pem"


@pytest.fixture
def check(made, tmp_path):
    def run(content, trust=made[2]):
        path = tmp_path / "b.zip"
        path.write_bytes(content)
        return verify_bundle(path, trust)

    return run


def test_what_export_writes_holds(made, check):
    verdict = check(made[0])
    assert verdict.ok and verdict.facts["signer_checked"] and "trusted key" in verdict.summary
    assert (verdict.facts["cluster_id"], verdict.facts["redaction"]) == ("CL-000001", "full")
    assert verdict.facts["signer_key_id"] == signing.key_id(signing.public_key_of(made[2]))


def test_without_trust_the_signer_is_not_vouched_for(made, check):
    verdict = check(made[0], None)
    assert verdict.ok and not verdict.facts["signer_checked"] and "not checked against a trusted key" in verdict.summary


def test_rebuilding_changes_nothing(made):
    assert rebuilt(made[1]) == made[0] and resealed(made[1]) == made[1]


def without(files, *names):
    return {name: content for name, content in files.items() if name not in names}


def swapped(files, name, old, new):
    assert old in files[name]
    return {**files, name: files[name].replace(old, new, 1)}


def signed_by(files, key):
    """All hashes rewritten and signed anew by a key of the forger's own."""
    sums = {
        f"tagmanifest-{form}.txt": {form: hashlib.new(form, files[f"tagmanifest-{form}.txt"]).hexdigest()} for form in ("sha256", "sha512")
    }
    payload = json.loads(base64.b64decode(json.loads(files[ENVELOPE])["payload"]))
    envelope = signing.sign(signing.statement(sums, payload["predicate"]), key)
    brief = {MINISIG: minisign.sign(files["tagmanifest-sha256.txt"], "x", key), MINIKEY: minisign.public_file(key.public_key())}
    return {**files, ENVELOPE: envelope, PUBLIC: signing.public_pem(key.public_key()), **brief}


FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

# What was done to the files of the bag, and the words the verdict must say.
IN_THE_BAG = {
    "payload changed": (lambda f: {**f, README: b"x" + f[README][1:]}, "data/README.txt: was changed"),
    "payload grown": (lambda f: {**f, README: f[README] + b" "}, "data/README.txt: was changed"),
    "payload missing": (lambda f: without(f, README), "data/README.txt: is missing; manifest-sha256.txt lists it"),
    "payload added": (lambda f: {**f, "data/added.txt": b"x"}, "data/added.txt: is not listed in manifest-sha256.txt"),
    "tag file added": (lambda f: {**f, "notes.txt": b"x"}, "notes.txt: is listed in no manifest"),
    "signature added": (lambda f: {**f, "signatures/other.json": b"x"}, "signatures/other.json: is listed in no manifest"),
    "fetch": (lambda f: {**f, "fetch.txt": b"http://x/ 1 data/x\n"}, "fetch.txt: the bundle points to content elsewhere"),
    "no bagit.txt": (lambda f: without(f, "bagit.txt"), "bagit.txt: is missing"),
    "no bag-info": (lambda f: without(f, "bag-info.txt"), "bag-info.txt: is missing"),
    "no manifest": (lambda f: without(f, "manifest-sha512.txt"), "manifest-sha512.txt: is missing"),
    "no tagmanifest": (lambda f: without(f, "tagmanifest-sha256.txt"), "tagmanifest-sha256.txt: is missing"),
    "no tagmanifests": (lambda f: without(f, "tagmanifest-sha256.txt", "tagmanifest-sha512.txt"), "tagmanifest-sha256.txt: is missing"),
    "bad bagit.txt": (lambda f: resealed(swapped(f, "bagit.txt", b"1.0", b"0.9")), "bagit.txt: does not declare"),
    "bagit.txt edited": (lambda f: swapped(f, "bagit.txt", b"UTF-8", b"UTF-7"), "bagit.txt: does not declare"),
    "bag-info edited": (lambda f: swapped(f, "bag-info.txt", b"CL-000001", b"CL-000002"), "bag-info.txt: was changed"),
    "manifest edited": (lambda f: swapped(f, "manifest-sha512.txt", b"README", b"README2"), "manifest-sha512.txt: was changed"),
    "manifest hash edited": (
        lambda f: {**f, "manifest-sha256.txt": b"0" * 64 + f["manifest-sha256.txt"][64:]},
        "manifest-sha256.txt: was changed",
    ),
    "manifest malformed": (
        lambda f: {**f, "tagmanifest-sha256.txt": f["tagmanifest-sha256.txt"] + b"zz\n"},
        "tagmanifest-sha256.txt: line 5 is malformed",
    ),
    "manifest twice": (lambda f: {**f, "tagmanifest-sha256.txt": f["tagmanifest-sha256.txt"] * 2}, "lists bag-info.txt twice"),
    "manifest cut": (
        lambda f: {**f, "tagmanifest-sha512.txt": f["tagmanifest-sha512.txt"][:-1]},
        "tagmanifest-sha512.txt: its last line is cut",
    ),
    "tagmanifest emptied": (
        lambda f: {**f, "tagmanifest-sha256.txt": f["tagmanifest-sha256.txt"].splitlines(True)[0]},
        "bagit.txt: is not listed in tagmanifest-sha256.txt",
    ),
    "wrong oxum": (
        lambda f: {**(g := swapped(f, "bag-info.txt", b"Payload-Oxum: ", b"Payload-Oxum: 1")), **retagged(g)},
        "Payload-Oxum is not",
    ),
    "not UTF-8 manifest": (lambda f: {**f, "tagmanifest-sha256.txt": b"\xff\n"}, "tagmanifest-sha256.txt: is not UTF-8"),
    "all hashes rewritten": (lambda f: resealed({**f, README: b"forged\n"}), "manifests were rewritten after it was signed"),
    "rewritten and signed by another": (
        lambda f: signed_by(resealed({**f, README: b"forged\n"}), FORGER),
        "is not a valid signature by the trusted key",
    ),
    "signature removed": (lambda f: without(f, ENVELOPE), "the bundle is not signed"),
    "signatures removed": (lambda f: without(f, ENVELOPE, PUBLIC), "the bundle is not signed"),
    "signature of another key": (lambda f: signed_by(f, FORGER), "is not a valid signature by the trusted key"),
    "signature malformed": (lambda f: {**f, ENVELOPE: b"{"}, "the signature file is malformed"),
    "signature nested": (lambda f: {**f, ENVELOPE: b"[" * 100_000}, "the signature file is malformed"),
    "signature flipped": (lambda f: swapped(f, ENVELOPE, b'"sig": "', b'"sig": "AA'), "signature"),
    "signature with more in it": (lambda f: swapped(f, ENVELOPE, b"{\n", b'{\n  "a": 1,\n'), "holds more, or other"),
    "minisign removed": (lambda f: without(f, MINISIG), "signatures/tagmanifest-sha256.txt.minisig: is missing"),
    "minisign key removed": (lambda f: without(f, MINIKEY), "signatures/signer.minisign.pub: is missing"),
    "minisign malformed": (lambda f: {**f, MINISIG: b"x"}, "minisig: is not a valid signature by the same key"),
    "minisign not ASCII": (lambda f: {**f, MINISIG: b"\xff" + f[MINISIG]}, "minisig: is not a valid signature by the same key"),
    "minisign comment changed": (lambda f: swapped(f, MINISIG, b"redaction:full", b"redaction:fall"), "minisig: is not a valid signature"),
    "minisign remark changed": (lambda f: swapped(f, MINISIG, b"signature of", b"signatures of"), "holds more, or other"),
    "minisign of other content": (
        lambda f: {**f, MINISIG: minisign.sign(b"other", "x", FORGER)},
        "minisig: is not a valid signature by the same key",
    ),
    "minisign by another": (
        lambda f: {**f, MINISIG: minisign.sign(f["tagmanifest-sha256.txt"], "x", FORGER)},
        "minisig: is not a valid signature by the same key",
    ),
    "minisign key of another": (
        lambda f: {**f, MINIKEY: minisign.public_file(FORGER.public_key())},
        "signatures/signer.minisign.pub: is not the key that signed",
    ),
    "label edited": (lambda f: swapped(f, "bag-info.txt", b"TLP:RED", b"TLP:CLEAR"), "bag-info.txt: was changed"),
    "other public key inside": (
        lambda f: {**f, PUBLIC: signing.public_pem(FORGER.public_key())},
        "signatures/signer.pub.pem: is not the key that signed",
    ),
}


def retagged(files):
    tags = {name: files[name] for name in ("bag-info.txt", "bagit.txt", "manifest-sha256.txt", "manifest-sha512.txt")}
    return {f"tagmanifest-{form}.txt": listing(tags, form) for form in ("sha256", "sha512")}


@pytest.mark.parametrize("case", IN_THE_BAG)
def test_a_changed_bag_is_rejected_for_its_reason(case, made, check):
    change, words = IN_THE_BAG[case]
    verdict = check(rebuilt(change(made[1])))
    assert not verdict.ok and words in verdict.fault, verdict.fault
    assert verdict.summary == verdict.fault


def named(files, root=ROOT):
    return [(f"{root}/{name}", content) for name, content in sorted(files.items())]


def with_field(**fields):
    return lambda content, files: zipped(named(files), **fields)


def patched(offset_of, new):
    def change(content, files):
        at = offset_of(content)
        return content[:at] + new + content[at + len(new) :]

    return change


def index_at(content):
    return struct.unpack("<I", content[-6:-2])[0]


def extra_entry(name, **fields):
    return lambda content, files: zipped([*named(files), (name, b"x")], **fields)


def compressed(content, files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in [*named(files), (f"{ROOT}/data/zeros", b"\0" * 50_000_000)]:
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def twice(content, files):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return zipped([*named(files), (f"{ROOT}/{README}", b"other")])


IN_THE_ZIP = {
    "empty": (lambda c, f: b"", "no zip archive"),
    "not a zip": (lambda c, f: b"hello " * 100, "no zip archive"),
    "cut short": (lambda c, f: c[:-1], "is cut short"),
    "cut in half": (lambda c, f: c[: len(c) // 2], "is cut short"),
    "trailing byte": (lambda c, f: c + b"\0", "data after its end"),
    "second archive behind": (lambda c, f: c + c, "data before its first entry"),
    "prefix": (lambda c, f: b"#!/bin/sh\n" + c, "data before its first entry"),
    "comment": (patched(lambda c: len(c) - 2, b"\1\0"), "announces a comment"),
    "split": (patched(lambda c: len(c) - 18, b"\1\0"), "split over several files"),
    "encrypted": (patched(lambda c: index_at(c) + 8, b"\1\0"), "is encrypted"),
    "compressed bomb": (compressed, "is compressed"),
    "symlink": (with_field(external_attr=0o120777 << 16), "is a link or a special file"),
    "device": (with_field(external_attr=0o020666 << 16), "is a link or a special file"),
    "other date": (with_field(date_time=(2026, 1, 1, 0, 0, 0)), "has a date, mode or flag"),
    "executable": (with_field(external_attr=0o100755 << 16), "has a date, mode or flag"),
    "extra field": (with_field(extra=b"\1\0\0\0"), "carries extra zip fields"),
    "entry comment": (with_field(comment=b"x"), "carries extra zip fields"),
    "header disagrees": (patched(lambda c: 30, b"X"), "its own header and the archive's index disagree"),
    "absolute path": (extra_entry("/etc/passwd"), "leads out of the bundle"),
    "parent path": (extra_entry(f"{ROOT}/data/../../x"), "leads out of the bundle"),
    "backslash": (extra_entry(f"{ROOT}\\..\\x"), "leads out of the bundle"),
    "drive": (extra_entry("C:/x"), "leads out of the bundle"),
    "folder entry": (extra_entry(f"{ROOT}/data/"), "no plain file name"),
    "control character": (extra_entry(f"{ROOT}/data/a\nb"), "no plain file name"),
    "not ASCII": (extra_entry(f"{ROOT}/data/\u202ex"), "not plain ASCII"),
    "not UTF-8": (patched(lambda c: index_at(c) + 46, b"\xff"), "not plain ASCII"),
    "name twice": (twice, "stands twice"),
    "case collision": (extra_entry(f"{ROOT}/data/readme.TXT"), "by case only"),
    "second root": (extra_entry("zother/data/x"), "it holds 2 roots"),
    "file beside the root": (extra_entry("zfile"), "it holds 2 roots"),
    "out of order": (lambda c, f: zipped(named(f)[::-1]), "not in order"),
    "no entries": (lambda c, f: zipped([]), "must hold one folder"),
    "index damaged": (patched(index_at, b"XX"), "index is damaged"),
    "crc": (patched(lambda c: c.index(b"Evidence bundle of"), b"X"), "does not match the archive's checksum"),
}


@pytest.mark.parametrize("case", IN_THE_ZIP)
def test_a_changed_archive_is_rejected_for_its_reason(case, made, check):
    change, words = IN_THE_ZIP[case]
    verdict = check(change(made[0], made[1]))
    assert not verdict.ok and words in verdict.fault, verdict.fault


def test_data_hidden_between_entries_is_found(made, check):
    content = made[0]
    start = index_at(content)
    hidden = content[:start] + b"hidden" + content[start:-6] + struct.pack("<I", start + 6) + content[-2:]
    assert "between its entries" in check(hidden).fault


def test_a_forger_with_a_key_of_his_own_is_not_vouched_for(made, check):
    forged = rebuilt(signed_by(resealed({**made[1], README: b"forged\n"}), FORGER))
    assert not check(forged).ok
    assert "not checked against a trusted key" in check(forged, None).summary


def test_any_flipped_bit_is_found(made, check):
    content, dice = made[0], random.Random(7)
    headers = range(index_at(content), len(content))
    for place in [*dice.sample(range(len(content)), 60), *dice.sample(headers, 60), *range(60), *range(len(content) - 22, len(content))]:
        changed = bytearray(content)
        changed[place] ^= 1 << dice.randrange(8)
        assert not check(bytes(changed)).ok, place


def test_any_cut_is_found(made, check):
    dice = random.Random(8)
    for length in dice.sample(range(len(made[0])), 40):
        assert not check(made[0][:length]).ok


def test_nothing_is_written(made, check, tmp_path):
    check(made[0])
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n"])
def test_a_trust_file_that_is_no_key_is_a_usage_error(made, check, tmp_path, content):
    (tmp_path / "k.pem").write_bytes(content)
    with pytest.raises(UsageError, match=r"k\.pem"):
        check(made[0], tmp_path / "k.pem")


def test_a_signed_bundle_of_the_forgers_own_says_who_did_not_sign_it(made, check):
    assert check(rebuilt(signed_by(made[1], FORGER)), None).facts["signer_checked"] is False


DATED = [
    ("Valid-Until: 2026-08-16\n", "the trusted key expired on 2026-08-16"),
    ("Valid-Until: 2026-08-17\n", ""),
    ("Valid-From: 2026-08-18\n", "signs from 2026-08-18 on"),
    ("Valid-From: 2026-08-01\nValid-Until: 2027-08-01\n", ""),
]


@pytest.mark.parametrize(("head", "words"), DATED)
def test_a_key_signs_within_its_days(head, words, made, check, tmp_path):
    (tmp_path / "k.pem").write_text(head + made[2].read_text())
    verdict = check(made[0], tmp_path / "k.pem")
    assert words in verdict.fault and verdict.ok == (not words)


def test_a_key_with_a_day_that_is_none_is_a_usage_error(made, check, tmp_path):
    (tmp_path / "k.pem").write_text("Valid-Until: soon\n" + made[2].read_text())
    with pytest.raises(UsageError, match="Valid-Until is no day"):
        check(made[0], tmp_path / "k.pem")


def test_an_older_export_is_refused(made, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(made[0])
    here = verify_bundle(path, made[2]).facts["snapshot_id"]
    assert verify_bundle(path, made[2], here).ok
    assert "an older export than 20270101T000000Z-0" in verify_bundle(path, made[2], "20270101T000000Z-0").fault


def test_every_kind_of_forgery_counts():
    assert len(IN_THE_BAG) + len(IN_THE_ZIP) >= 60


def test_a_missing_bundle_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        verify_bundle(tmp_path / "none.zip")
