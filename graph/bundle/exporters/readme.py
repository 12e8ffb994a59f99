"""How anyone can check the bundle with public tools alone."""

from collections.abc import Iterator

from graph.bundle.dossier import Artifact, Dossier
from graph.bundle.exporters import tables
from graph.bundle.redaction import REDACTION_WORDS
from graph.bundle.tlp import MEANINGS, label
from graph.text import visible

# The shell lines below are run by the tests as they stand; keep them so.
_CHECKS = """\
1. Every file is as it was written (prints OK for each):

      sha256sum -c manifest-sha256.txt
      sha256sum -c tagmanifest-sha256.txt

2. No file was added: this prints nothing.

      find data -type f | sort > /tmp/there.txt
      cut -c67- manifest-sha256.txt | sort > /tmp/listed.txt
      diff /tmp/there.txt /tmp/listed.txt

3. The signature holds (OpenSSL 3; prints "Signature Verified Successfully"). Compare signatures/signer.pub.pem with the
   public key that the sender gave you by another way: the copy in here proves nothing by itself.

      sed -n 's/^ *"payload": "\\(.*\\)",$/\\1/p' signatures/bundle.dsse.json | base64 -d > /tmp/statement.json
      sed -n 's/^ *"sig": "\\(.*\\)"$/\\1/p' signatures/bundle.dsse.json | base64 -d > /tmp/signature.bin
      length=$(wc -c < /tmp/statement.json | tr -d ' ')
      printf 'DSSEv1 28 application/vnd.in-toto+json %s ' "$length" | cat - /tmp/statement.json > /tmp/signed.bin
      openssl pkeyutl -verify -pubin -inkey signatures/signer.pub.pem -rawin -in /tmp/signed.bin -sigfile /tmp/signature.bin

4. The signature is about these files: prints "signed" twice.

      for form in 256 512; do
        digest=$(sha${form}sum tagmanifest-sha${form}.txt | cut -d' ' -f1)
        grep -q "$digest" /tmp/statement.json && echo signed
      done

   Whoever has minisign can do steps 3 and 4 in one (prints "Signature and comment signature verified"):
   minisign -V -p signatures/signer.minisign.pub -m tagmanifest-sha256.txt -x signatures/tagmanifest-sha256.txt.minisig
"""

_FILES = (
    ("report/report.html", "the report to read first; it needs no network and runs no script"),
    ("report/report.pdf", "the same for paper and for the file"),
    (
        "findings/claims.jsonl",
        "each claim, its standing (observed, inferred, suspected, confirmed, refuted), evidence and counter-evidence",
    ),
    ("findings/limitations.md", "what this bundle cannot show"),
    ("graph/graph.graphml, graph/graph.gexf", "accounts, shared entities and links, for network tools"),
    ("stix/bundle.json", "STIX 2.1: accounts, what they share, what speaks against it"),
    ("misp/event.json", "a MISP event, unpublished, nothing marked for detection"),
    ("case/case.jsonld", "CASE/UCO, for forensic tools"),
    ("prov/prov.json", "W3C PROV: files read, the run, decisions, the export"),
    ("ro-crate-metadata.json", "RO-Crate 1.1: every file with its type, size and digest"),
    ("repro/run.json", "parameters, seed, input digests: what is needed to repeat the run"),
    ("custody/custody.jsonl", "the files read, the snapshot, the export"),
    ("redaction/redaction.json", "what was replaced or masked, and how"),
    ("legal/certification-902-13-14.template.md", "a form for the person who authenticates the records"),
)


def export(dossier: Dossier) -> Iterator[Artifact]:
    """README.txt."""
    yield "README.txt", [_text(dossier).encode()]


def _text(dossier: Dossier) -> str:
    described = [f"data/{path}\n    {words}" for path, words in _FILES if dossier.accounts.height or not path.startswith("graph/")]
    rows = [f"data/evidence/{name}.csv  ({frame.height:,} rows)" for name, frame in tables.frames(dossier).items()]
    head = f"Evidence bundle of cluster {visible(dossier.cluster_id)}, snapshot {visible(dossier.snapshot_id)}"
    parts = [
        head,
        "=" * len(head),
        REDACTION_WORDS[dossier.redaction],
        f"{label(dossier.tlp)}: {MEANINGS[dossier.tlp].words}",
        "What is in it\n-------------",
        "\n".join(described),
        "\n".join(rows),
        "Each table also exists as .parquet (typed) and .spreadsheet.csv. Open only the latter in a spreadsheet: text that would act as a\n"
        "formula has an apostrophe before it there. The plain .csv is exact: UTF-8, comma, CRLF, null as an empty field, times in UTC.",
        "How to check it\n---------------\nUnzip it, go into the folder that holds bagit.txt, and run:",
        _CHECKS.rstrip(),
        "The folder is a BagIt bag (RFC 8493); the signature is a DSSE envelope with an in-toto statement, Ed25519.\n"
        "`clew verify FILE.zip --trust PUBLIC_KEY` does all of this at once, and refuses what these steps would let pass.",
    ]
    return "\n\n".join(parts) + "\n"
