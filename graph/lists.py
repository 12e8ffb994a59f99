"""Public lists that an operator lays into WORKSPACE/lists: whose networks are whose, and which mail domains are thrown away.

All are optional and none is shipped. Every run reads them anew and writes their digests into its manifest, so that a night can be
run again with the same ones.
"""

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from graph.errors import DataRefused, StorageError

FOLDER: Final = "lists"
SYSTEMS, HOSTING, VPN, DISPOSABLE = "asn-ipv4.csv", "hosting.txt", "vpn.txt", "disposable.txt"
OF_ADDRESSES: Final = frozenset({"asn-ipv4", "hosting", "vpn"})
_NAMES: Final = (SYSTEMS, HOSTING, VPN, DISPOSABLE)
_MOST_BYTES: Final = 256 << 20  # unpacked; the largest public list takes a tenth of that
_RANGE: Final = {"start": pl.UInt32(), "end": pl.UInt32()}  # IPv4 addresses by number, both included
_COMMENT: Final = r"\s*[#;].*$"
_DOMAIN: Final = r"^[^\s@/:]+\.[^\s@/:.]+$"


def _no_ranges() -> pl.DataFrame:
    return pl.DataFrame(schema=_RANGE)


def _no_systems() -> pl.DataFrame:
    return pl.DataFrame(schema=_RANGE | {"system": pl.String()})


def _no_domains() -> pl.DataFrame:
    return pl.DataFrame(schema={"domain": pl.String()})


@dataclass(frozen=True)
class Lists:
    """What the folder holds; a list that is not there is empty.

    systems: start, end, system (AS number and organisation). hosting, vpn: start, end. disposable: domain, in lower case.
    digests: name of a list → sha256 of its text, entries.
    """

    systems: pl.DataFrame = field(default_factory=_no_systems)
    hosting: pl.DataFrame = field(default_factory=_no_ranges)
    vpn: pl.DataFrame = field(default_factory=_no_ranges)
    disposable: pl.DataFrame = field(default_factory=_no_domains)
    digests: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The lists that are there: asn-ipv4, hosting, vpn, disposable."""
        return frozenset(self.digests)


def load(workspace: Path) -> Lists:
    """The lists of the workspace at this path. Raises DataRefused naming file and line at fault, StorageError."""
    found: dict[str, pl.DataFrame] = {}
    digests: dict[str, dict[str, Any]] = {}
    for path in _paths(workspace / FOLDER):
        name = path.name.removesuffix(".gz")
        if name in digests:
            raise DataRefused(f"{path}: stands here twice, packed and not. Keep one of the two.")
        content = _content(path)
        found[name] = _systems(path, content) if name == SYSTEMS else _lines(path, content, domains=name == DISPOSABLE)
        digests[name] = {"sha256": hashlib.sha256(content).hexdigest(), "entries": found[name].height}
    known = {"systems": SYSTEMS, "hosting": HOSTING, "vpn": VPN, "disposable": DISPOSABLE}
    told = {name.split(".")[0]: digest for name, digest in digests.items()}
    return Lists(**{which: found[name] for which, name in known.items() if name in found}, digests=told)


def inside(addresses: pl.Series, ranges: pl.DataFrame) -> pl.Series:
    """For each address (text) the row of `ranges` (of Lists) that holds it; null outside, for IPv6, pseudonyms and null."""
    numbers = pl.DataFrame({"ip": addresses}).select(ipv4_number(pl.col("ip"))).to_series()
    if not ranges.height:
        return pl.Series("row", [None], dtype=pl.Int64).new_from_index(0, numbers.len())
    row = np.searchsorted(ranges["start"].to_numpy(), numbers.fill_null(0).to_numpy(), side="right") - 1
    last = pl.Series(ranges["end"].to_numpy()[row.clip(0)])
    within = pl.DataFrame({"row": row.astype(np.int64), "last": last, "number": numbers})
    return within.select(pl.when((pl.col("row") >= 0) & (pl.col("number") <= pl.col("last"))).then("row")).to_series()


def ipv4_number(text: pl.Expr) -> pl.Expr:
    """`1.2.3.4` → 16909060 (UInt32); null for anything else."""
    octets = [text.str.splitn(".", 4).struct.field(f"field_{i}").cast(pl.UInt8, strict=False).cast(pl.UInt32) for i in range(4)]
    return octets[0] * 2**24 + octets[1] * 2**16 + octets[2] * 2**8 + octets[3]


def _paths(folder: Path) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith(".")) if folder.is_dir() else []
    except OSError as error:
        raise StorageError(f"{folder}: cannot be read ({error.strerror}). Check its permissions.") from error
    for path in paths:
        if path.name.removesuffix(".gz") not in _NAMES:
            raise DataRefused(f"{path}: is no list that Clew knows. Name it {', '.join(_NAMES)} (.gz may follow), or move it away.")
    return paths


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as opened:
            content = opened.read(_MOST_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataRefused(f"{path}: is no whole gzip file ({error}). Fetch it again.") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    if len(content) > _MOST_BYTES:
        raise DataRefused(f"{path}: holds more than {_MOST_BYTES >> 20} MB. Keep only the ranges that are needed.")
    return content


def _systems(path: Path, content: bytes) -> pl.DataFrame:
    """Lines of start, end, AS number, organisation, without a header."""
    names = ["from", "to", "asn", "organisation"]
    try:
        rows = pl.read_csv(io.BytesIO(content), has_header=False, new_columns=names, schema_overrides=[pl.String] * len(names))
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise DataRefused(f"{path}: is no CSV of four columns ({str(error).splitlines()[0]}). Give {', '.join(names)}.") from error
    if rows.columns != names:
        raise DataRefused(f"{path}: has {rows.width} columns. Give four: {', '.join(names)}, without a header.")
    system = pl.format("AS{} {}", pl.col("asn").str.strip_prefix("AS"), pl.col("organisation").fill_null("")).str.strip_chars()
    return _checked(path, rows.select(start=ipv4_number(pl.col("from")), end=ipv4_number(pl.col("to")), system=system))


def _lines(path: Path, content: bytes, domains: bool) -> pl.DataFrame:
    """One range (1.2.3.0/24, or an address) or one domain a line; # begins a comment."""
    lines = pl.DataFrame({"line": content.decode("utf-8", "replace").splitlines()}, schema={"line": pl.String})
    lines = lines.with_columns(pl.col("line").str.replace(_COMMENT, "").str.strip_chars())
    used = pl.col("line") != ""
    if not domains:
        return _merged(_checked(path, lines.select(*_cidr(pl.col("line")), used=used)))
    domain = pl.col("line").str.to_lowercase()
    odd = lines.with_row_index("n", offset=1).filter(used, ~domain.str.contains(_DOMAIN))
    if odd.height:
        raise DataRefused(f"{path}: line {odd['n'][0]} is no mail domain. Write one domain a line, such as example.org.")
    return lines.filter(used).select(domain=domain).unique().sort("domain")


def _cidr(line: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    bits = line.str.extract(r"/(\d{1,2})$", 1).cast(pl.Int64).fill_null(32)
    first = ipv4_number(line.str.replace(r"/\d{1,2}$", "")).cast(pl.Int64)
    size = pl.lit(2, pl.Int64).pow(32 - pl.when(bits <= 32).then(bits)).cast(pl.Int64)
    start = first - first % size
    return start.cast(pl.UInt32).alias("start"), (start + size - 1).cast(pl.UInt32).alias("end")


def _checked(path: Path, ranges: pl.DataFrame) -> pl.DataFrame:
    """`ranges` by start; a line (unless `used` says it is empty) without a range is refused."""
    used = pl.col("used") if "used" in ranges.columns else pl.lit(True)
    whole = pl.col("start").is_not_null() & (pl.col("end") >= pl.col("start"))
    odd = ranges.with_row_index("n", offset=1).filter(used, ~whole.fill_null(False))
    if odd.height:
        raise DataRefused(f"{path}: line {odd['n'][0]} holds no range of IPv4 addresses. Mend or remove it; IPv6 is not read.")
    return ranges.filter(used).select(pl.exclude("used")).sort("start", "end")


def _merged(ranges: pl.DataFrame) -> pl.DataFrame:
    """start, end without overlap: what lies within or overlaps another range becomes one with it."""
    ahead = pl.col("end").cum_max().shift(1)
    block = ((pl.col("start") > ahead) | ahead.is_null()).cum_sum()
    return ranges.group_by(block=block).agg(pl.col("start").min(), pl.col("end").max()).select("start", "end").sort("start")
