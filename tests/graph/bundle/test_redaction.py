import base64
import io
import json
import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.bundle.export import export_bundle
from graph.bundle.identifiers import TEXT_KINDS, label_kind
from graph.bundle.redact import Scrubber
from graph.bundle.redaction import Pseudonyms, Redaction, mask
from graph.bundle.verify import verify_bundle
from graph.signals.registry import BY_KIND
from graph.store import snapshot
from graph.store.snapshot import FRAMES
from graph.vocabulary import BY_A_PERSON
from tests.factory import a_snapshot, a_workspace
from tests.graph.bundle.bundles import at, identity, members, store

# One canary of every class of personal data or identifier that a workspace can hold.
CANARIES = {
    "account": "canaryacct-77",
    "email": "zora.canary@example.org",
    "phone": "+49 170 5550123",
    "org": "canary-institute",
    "ip": "198.51.100.77",
    "ip v6": "2001:db8:77::beef",
    "network": "198.51.100.0/24",
    "card": "fp_canary_card",
    "card bin": "417777",
    "name": "Zora Canarybird",
    "address": "7 Canary Wharf",
    "session": "sess-canary-1",
    "exchange": "xch-canary-1",
    "object": "https://canary.example/repo",
    "url": "http://canary-url.example/path?q=1",
    "long number": "9988776655443322",
    "unkeyed entity id": str(identity("card", "fp_canary_card")),
    "file name": "anna canary",
    "investigator": "quentin finch",
    "words of theirs": "told by the neighbour",
}
TEXT = " | ".join(
    CANARIES[c] for c in ("account", "email", "phone", "org", "ip", "ip v6", "card", "name", "address", "session", "url", "long number")
)
SHIELDED = "zora\u200b.canary@exam\u00adple.org ｆｐ_canary_card 198．51．100．77"


def planted(folder):
    """A workspace and snapshot in which every canary stands in a column of its own and inside texts."""
    workspace = a_workspace(folder)
    c, made = CANARIES, a_snapshot(workspace, clusters=2, accounts=6)
    seen = {"account_id": c["account"], "occurred_at": at(1)}
    store(
        workspace,
        accounts=[{"account_id": c["account"], "email": c["email"], "phone": c["phone"], "org_id": c["org"], "signup_ip": c["ip v6"]}],
        payments=[
            {
                "account_id": c["account"],
                "card_fingerprint": c["card"],
                "paid_at": at(0),
                "card_bin": c["card bin"],
                "billing_name": c["name"],
                "billing_address": c["address"],
            }
        ],
        exchanges=[
            {**seen, "ip": c["ip"], "ip_net": c["network"], "session_id": c["session"], "exchange_id": c["exchange"], "model": TEXT}
        ],
        objects=[{**seen, "kind": "repository", "object_id": c["object"]}],
    )
    ids = {1000: int(c["unkeyed entity id"]), 1001: identity("address", c["ip"])}
    labels = ["card", "ip", "url", "network", "object", "name", "url", "session"]
    frames = {name: made.frame(name).collect() for name in FRAMES}
    frames["links"] = _linked(frames["links"], "acct-1-00000", list(ids))
    frames["entities"] = frames["entities"].with_columns(
        label=pl.when(pl.col("channel") == "prompt")
        .then(pl.lit(TEXT + SHIELDED))
        .otherwise((pl.col("entity_id") % 1000).replace_strict(dict(enumerate(c[name] for name in labels)), return_dtype=pl.String))
    )
    frames = {name: frame.with_columns(pl.col(pl.String).replace("acct-1-00000", c["account"])) for name, frame in frames.items()}
    frames |= {name: frames[name].with_columns(pl.col("entity_id").replace(ids)) for name in ("entities", "links", "cluster_entities")}
    frames["layout"] = frames["layout"].with_columns(pl.col("node").replace("entity:1000", f"entity:{ids[1000]}"))
    frames["templates"] = frames["templates"].with_columns(template=pl.lit(TEXT + SHIELDED), template_id=pl.lit(c["long number"]))
    frames["accounts"] = frames["accounts"].with_columns(org_id=pl.lit(c["org"]), status=pl.lit(TEXT))
    said = f"{BY_A_PERSON}{c['investigator']} cleared this cluster (2026-08-04, decision 1): {c['words of theirs']}"
    clusters = [
        {**cluster, "reasons": [TEXT, f"ends in {c['email'][:9]}…", said], "change": "born", "owner": c["name"], "top": {c["account"]: 1}}
        for cluster in made.clusters()
    ]
    manifest = {**made.manifest, "inputs": {c["file name"]: {"name": TEXT}}, "parameters": {"mapping": TEXT}, "host": c["file name"]}
    return workspace, snapshot.publish(workspace, "20260817T000000Z-canary", manifest, clusters, frames)


def _linked(links, account, entities):
    """`links` with `account` at each of `entities`."""
    missing = links.filter(pl.col("entity_id").is_in(entities)).unique("entity_id").with_columns(account_id=pl.lit(account))
    return pl.concat([links, missing]).unique(["account_id", "entity_id"], keep="first")


def forms(value):
    """`value` as it might lie in a file: encodings, escapes, base64 at three offsets, hex, without spaces."""
    for text in {value, value.lower(), value.replace(" ", "")}:
        raw = text.encode()
        yield from (raw, text.encode("utf-16-le"), text.encode("utf-16-be"), raw.hex().encode(), json.dumps(text)[1:-1].encode())
        for shift in range(3):
            inner = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0 : -4]
            if len(inner) >= 10:  # shorter ones occur by chance
                yield inner


def haystacks(bundle):
    """The zip's bytes, its members, and what Parquet holds once unpacked."""
    files = members(bundle)
    yield "zip", bundle.read_bytes().lower()
    for name, content in files.items():
        yield name, content.lower()
        if name.endswith(".parquet"):
            yield f"{name} unpacked", pl.read_parquet(io.BytesIO(content)).write_csv().encode().lower()


@pytest.mark.parametrize("level", [Redaction.PSEUDONYMOUS, Redaction.PUBLIC])
def test_no_canary_gets_out(level, tmp_path):
    bundle = export_bundle(*planted(tmp_path), "CL-000001", tmp_path / "b.zip", redaction=level)
    assert verify_bundle(bundle).ok
    stacks = dict(haystacks(bundle))
    key = (tmp_path / "workspace/secret.key").read_bytes()
    hidden = {**CANARIES, "clipped": CANARIES["email"][:9], **{f"shielded {i}": part for i, part in enumerate(SHIELDED.split())}}
    needles = {**{c: list(forms(v)) for c, v in hidden.items()}, "the key": [key, key.hex().encode(), base64.b64encode(key)]}
    found = {(c, name) for c, values in needles.items() for value in values for name, stack in stacks.items() if value.lower() in stack}
    assert not found


def test_the_canaries_can_be_found_at_all(tmp_path):
    bundle = export_bundle(*planted(tmp_path), "CL-000001", tmp_path / "b.zip", redaction=Redaction.FULL)
    everything = b"".join(stack for _, stack in haystacks(bundle))
    unseen = {c for c, v in CANARIES.items() if v.lower().encode() not in everything}
    assert unseen <= {"card bin"}  # in no column that a bundle shows


def test_custody_names_files_without_their_folders(tmp_path):
    files = members(export_bundle(*planted(tmp_path), "CL-000001", tmp_path / "b.zip", redaction=Redaction.FULL))
    assert json.loads(files["data/custody/custody.jsonl"].splitlines()[0])["name"] == "accounts of anna canary.csv"
    assert b"somebody" not in (tmp_path / "b.zip").read_bytes()


def test_one_account_has_one_pseudonym_in_every_table(tmp_path):
    workspace, snap = planted(tmp_path)
    files = members(export_bundle(workspace, snap, "CL-000001", tmp_path / "b.zip"))
    name = Pseudonyms(workspace.key(), Redaction.PSEUDONYMOUS).of("acct", CANARIES["account"])
    for table in ("accounts", "links", "observations"):
        assert name.encode() in files[f"data/evidence/{table}.csv"], table
    record = json.loads(files["data/redaction/redaction.json"])
    assert record["pseudonyms"]["key_id"] == Pseudonyms(workspace.key(), Redaction.FULL).key_id
    assert f'"source": "{name}"'.encode() not in files["data/graph/graph.graphml"]


def test_no_unkeyed_hash_of_a_row_is_shown(tmp_path):
    rows = members(export_bundle(*planted(tmp_path), "CL-000001", tmp_path / "b.zip"))["data/evidence/observations.parquet"]
    assert "row_id" not in pl.read_parquet(io.BytesIO(rows)).columns


def test_links_still_join_to_entities_and_accounts(tmp_path):
    files = members(export_bundle(*planted(tmp_path), "CL-000001", tmp_path / "b.zip"))
    frame = {n: pl.read_parquet(io.BytesIO(files[f"data/evidence/{n}.parquet"])) for n in ("accounts", "entities", "links", "observations")}
    for table in ("links", "observations"):
        assert frame[table].join(frame["entities"], on="entity_id", how="anti").is_empty()
        assert frame[table].join(frame["accounts"], on="account_id", how="anti").is_empty()
    assert frame["accounts"]["account_id"].n_unique() == frame["accounts"].height == 6


def test_pseudonyms_depend_on_key_kind_and_value():
    one, other = (Pseudonyms(bytes([n]) * 32, Redaction.PSEUDONYMOUS) for n in (1, 2))
    names = {one.of("ip", "a"), one.of("ip", "b"), one.of("card", "a"), other.of("ip", "a")}
    assert len({name.split("-")[1] for name in names}) == 4
    assert one.of("ip", "a") == Pseudonyms(bytes([1]) * 32, Redaction.PSEUDONYMOUS).of("ip", "a")
    assert one.key_id != other.key_id


@given(st.text())
def test_a_pseudonym_survives_the_masks(value):
    name = Pseudonyms(b"k" * 32, Redaction.PSEUDONYMOUS).of("ip", value)
    assert mask(name) == name


MASKED = [
    ("write to zora@example.org now", "write to [email] now"),
    ("zora @ example.org", "[email]"),
    ("ZORA@EXAMPLE", "[email]"),
    ("call +49 (170) 555-0123!", "call [number]!"),
    ("card 4111 1111 1111 1111", "card [number]"),
    ("id 12345", "id [number]"),
    ("full width １２３４５６", "full width [number]"),
    ("from 203.0.113.9:443", "from [ip]:443"),
    ("from 203.0.113.0/24", "from [ip]"),
    ("from 2001:db8::1 and ::1", "from [ip] and [ip]"),
    ("see https://x.example/a?b=c", "see [url]"),
    ("see www.example.org/a", "see [url]"),
    ("zo\u200bra@exa\u2060mple.org", "[email]"),
    ("from fe80::1%eth0, 1:2:3:4:5:6:7:8", "from [ip]%eth0, [ip]"),
    ("f :: Int -> std::vector at 12:30:45", "f :: Int -> std::vector at 12:30:45"),
    ("step 3 of 10 at 12:30", "step 3 of 10 at 12:30"),
    ("24 of 40 accounts share 2 cards; chance expects 0.01", "24 of 40 accounts share 2 cards; chance expects 0.01"),
    ("Write a {slot}-star review", "Write a {slot}-star review"),
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_masks(text, masked):
    assert mask(text) == masked


@pytest.mark.parametrize("unit", ["a", "a.", "a-", "1", "1 ", "1.", "1:", "f:", "@", "a@", "(", "+1(", "://", "\u200b"])
def test_no_text_makes_masking_slow(unit):
    began = time.process_time()  # others on the machine do not count
    mask(unit * (50_000 // len(unit)))
    assert time.process_time() - began < 3


def test_dates_stay_where_they_are_ours():
    assert mask("seen 2026-08-03 10:00 by 0170 5550123", dates=True) == "seen 2026-08-03 10:00 by [number]"
    assert mask("born 1990-01-31") == "born [number]"


@given(st.text(), st.sampled_from(sorted(set(CANARIES.values()))), st.text())
def test_a_known_value_is_found_in_any_surroundings(before, value, after):
    scrub = Scrubber(pl.DataFrame({"kind": ["value"], "value": [value]}), Pseudonyms(b"k" * 32, Redaction.PSEUDONYMOUS))
    assert value not in scrub.one(f"{before} {value} {after}")


def test_the_longest_known_value_wins():
    values = pl.DataFrame({"kind": ["acct", "acct"], "value": ["anna-1234", "anna"]})
    shown = Scrubber(values, Pseudonyms(b"k" * 32, Redaction.PSEUDONYMOUS)).one("anna-1234")
    assert shown == Pseudonyms(b"k" * 32, Redaction.PSEUDONYMOUS).of("acct", "anna-1234")


def test_public_texts_cannot_be_joined():
    values = pl.DataFrame({"kind": ["acct", "acct"], "value": ["anna", "berta"]})
    assert Scrubber(values, Pseudonyms(b"k" * 32, Redaction.PUBLIC)).one("anna berta") == "[acct] [acct]"


def test_every_kind_of_signal_has_a_treatment():
    assert not [kind for kind in BY_KIND if kind not in TEXT_KINDS and label_kind(kind) == "value"]
