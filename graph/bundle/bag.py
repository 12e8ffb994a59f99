"""A BagIt bag (RFC 8493) in a zip: manifests over what was staged, then one deterministic archive."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graph.errors import StorageError
from graph.text import visible

ALGORITHMS = ("sha256", "sha512")
BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SIGNATURE_FILE = "signatures/bundle.dsse.json"
PUBLIC_KEY_FILE = "signatures/signer.pub.pem"
MINISIGN_FILE = "signatures/tagmanifest-sha256.txt.minisig"
MINISIGN_KEY_FILE = "signatures/signer.minisign.pub"

MOST_BYTES = 2**31 - 1  # beyond this a zip needs the 64-bit extension, which `verify` does not admit
MOST_FILES = 10_000

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE_0644 = 0o100644 << 16
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Staged:
    """One file of the bag, written below the staging folder."""

    path: str  # relative to the bag, with /
    size: int
    digests: dict[str, str]


def stage(folder: Path, path: str, chunks: Iterable[bytes]) -> Staged:
    """Write one file of the bag below `folder`, hashing on the way. Raises OSError, StorageError when it grows too large."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    sums = {name: hashlib.new(name) for name in ALGORITHMS}
    size = 0
    with target.open("xb") as handle:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise StorageError(
                    f"{path}: grows beyond 2 GB, more than a bundle may hold. Export with --redaction public, or a smaller cluster."
                )
            handle.write(chunk)
            for running in sums.values():
                running.update(chunk)
    return Staged(path, size, {name: running.hexdigest() for name, running in sums.items()})


def manifest(files: Iterable[Staged], algorithm: str) -> bytes:
    """A BagIt manifest: one line per file, by path."""
    return "".join(f"{file.digests[algorithm]}  {file.path}\n" for file in sorted(files, key=lambda f: f.path)).encode()


def seal(folder: Path, payload: list[Staged], info: list[tuple[str, str]]) -> list[Staged]:
    """Write the tag files over a staged payload; returns all files of the bag. `info` are the lines of bag-info.txt."""
    oxum = f"{sum(file.size for file in payload)}.{len(payload)}"
    lines = "".join(f"{label}: {one_line(value)}\n" for label, value in [*info, ("Payload-Oxum", oxum)])
    tags = [stage(folder, "bagit.txt", [BAGIT_TXT]), stage(folder, "bag-info.txt", [lines.encode()])]
    tags += [stage(folder, f"manifest-{name}.txt", [manifest(payload, name)]) for name in ALGORITHMS]
    seals = [stage(folder, f"tagmanifest-{name}.txt", [manifest(tags, name)]) for name in ALGORITHMS]
    return [*payload, *tags, *seals]


def one_line(value: str) -> str:
    """`value` as bag-info.txt can hold it: nothing hidden, no line breaks."""
    return " ".join(visible(value).split())


def archive(folder: Path, root: str, files: list[Staged], target: Path) -> None:
    """Zip the staged `files` below the one folder `root`: sorted, stored, fixed dates and modes. Raises OSError, StorageError."""
    if sum(file.size for file in files) > MOST_BYTES - (1 << 24) or len(files) > MOST_FILES:
        raise StorageError(f"{target}: the bundle would exceed 2 GB. Export with --redaction public, or a smaller cluster.")
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED, allowZip64=False) as out:
        for file in sorted(files, key=lambda f: f.path):
            entry = zipfile.ZipInfo(f"{root}/{file.path}", _ZIP_DATE)
            entry.create_system = 3
            entry.external_attr = _REGULAR_FILE_0644
            entry.file_size = file.size
            with (folder / file.path).open("rb") as source, out.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, _BLOCK_BYTES)
