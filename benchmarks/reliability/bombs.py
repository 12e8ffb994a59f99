"""Hostile input files, each in a child of its own: refused or set aside within 10 s and 512 MB, and nothing of it published in part."""

import gzip
import io
import json
import os
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import zstandard

from benchmarks.reliability.harness import Row, clew, copy, must, sick, start, wait

_MOST_SECONDS, _MOST_MB = 10, 512
_ADDRESS_SPACE = 8 << 30  # a last rope; what counts is the resident peak
_HEADER = b"account_id,occurred_at,exchange_id,ip,user_agent,prompt\n"
_GOOD = "a1,2026-08-03T10:00:00Z,e{n},192.0.2.1,agent,hello there\n"


def _zeros(megabytes: int) -> bytes:
    return b"0" * (megabytes << 20)


def _gzip_bomb() -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as file:
        file.write(_HEADER)
        for _ in range(1024):
            file.write(_zeros(1))
    return out.getvalue()


def _zstd_bomb() -> bytes:
    packer = zstandard.ZstdCompressor(level=19).compressobj()
    return packer.compress(_HEADER) + b"".join(packer.compress(_zeros(16)) for _ in range(128)) + packer.flush()


def _parquet_bomb(text: int, rows: int) -> bytes:
    out = io.BytesIO()
    frame = pl.DataFrame({"account_id": ["a"], "occurred_at": ["2026-08-03T10:00:00Z"], "prompt": ["x" * text]})
    pl.concat([frame] * rows, rechunk=True).write_parquet(out, compression="zstd")
    return out.getvalue()


def _row(**cells: str) -> str:
    given = {"account_id": "a2", "occurred_at": "2026-08-03T10:00:00Z", "exchange_id": "e2", "ip": "", "user_agent": "", "prompt": ""}
    return ",".join({**given, **cells}.values()) + "\n"


def _csv(*rows: str) -> bytes:
    return _HEADER + "".join((_GOOD.format(n=1), *rows)).encode()


def _json(prompt: str) -> bytes:
    return f'{{"account_id":"a1","occurred_at":"2026-08-03T10:00:00Z","prompt":{prompt}}}\n'.encode()


# name → (file name, content, exit codes that are right). 0 and 4: the good rows are stored, the others set aside.
FILES: dict[str, tuple[str, Callable[[], bytes], tuple[int, ...]]] = {
    "gzip bomb, 1 GB": ("rows.csv.gz", _gzip_bomb, (3,)),
    "zstd bomb, 2 GB": ("rows.csv.zst", _zstd_bomb, (3,)),
    "zstd bomb as JSON, 2 GB": ("rows.jsonl.zst", _zstd_bomb, (3,)),
    "Parquet bomb, 1 MB × 3,000": ("rows.parquet", lambda: _parquet_bomb(1 << 20, 3_000), (3,)),
    "Parquet bomb, 1 kB × 1,000,000": ("rows.parquet", lambda: _parquet_bomb(1_000, 1_000_000), (3,)),
    "JSON 1,000,000 deep": ("rows.jsonl", lambda: _json("[" * 1_000_000 + "]" * 1_000_000), (3, 4)),
    "JSON deep and open": ("rows.jsonl", lambda: _json("[" * 5_000_000), (3, 4)),
    "JSON objects 200,000 deep": ("rows.jsonl", lambda: _json('{"a":' * 200_000 + "1" + "}" * 200_000), (3, 4)),
    "JSON number of 1,000,000 digits": ("rows.jsonl", lambda: _json("9" * 1_000_000), (0, 3, 4)),
    "JSON with 200,000 keys": (
        "rows.jsonl",
        lambda: ("{" + ",".join(f'"k{n}":1' for n in range(200_000)) + ',"account_id":"a"}\n').encode(),
        (3, 4),
    ),
    "CSV with 100,000 columns": (
        "rows.csv",
        lambda: (",".join(f"c{n}" for n in range(100_000)) + "\n" + "1," * 99_999 + "1\n").encode(),
        (3,),
    ),
    "ten cells of 10 MB": ("rows.csv", lambda: _csv(*(_row(prompt="x" * (10 << 20)) for _ in range(10))), (4,)),
    "JSON cell of 10 MB": ("rows.jsonl", lambda: _json(json.dumps("x" * (10 << 20))), (4,)),
    "a line of 300 MB": ("rows.jsonl.gz", lambda: gzip.compress(b'{"account_id":"' + b"ab" * (150 << 20), 1), (3,)),
    "a quote that never ends, 6 MB": ("rows.csv", lambda: _csv('a2,"' + "x,\n" * 2_000_000), (0, 3, 4)),
    "prompts for slow patterns": (
        "rows.csv",
        lambda: _csv(
            *(
                _row(exchange_id=f"r{n}", prompt=text * (900_000 // len(text)))
                for n, text in enumerate(("a", "a ", "{{", "a@", "1.", "http://", "-_", "\u0301", "（", "0x1"))
            )
        ),
        (0, 4),
    ),
    "addresses for slow patterns": (
        "rows.csv",
        lambda: _csv(*(_row(exchange_id=f"r{n}", ip=text * 200_000) for n, text in enumerate((":", "1.", "ff:", "%", "0")))),
        (4,),
    ),
    "times for slow patterns": (
        "rows.csv",
        lambda: _csv(*(_row(exchange_id=f"r{n}", occurred_at=text * 200_000) for n, text in enumerate(("2026-", "T", " ", "+00:", "9")))),
        (4,),
    ),
    "agents for slow patterns": (
        "rows.csv",
        lambda: _csv(*(_row(exchange_id=f"r{n}", user_agent=text * 200_000) for n, text in enumerate(("a/1 ", "((", "/", "1.1.", "; ")))),
        (0,),
    ),
    "random bytes as CSV, 8 MB": ("rows.csv", lambda: os.urandom(8 << 20), (3,)),
    "random bytes as Parquet, 8 MB": ("rows.parquet", lambda: b"PAR1" + os.urandom(8 << 20) + b"PAR1", (3,)),
    "random bytes as gzip": ("rows.jsonl.gz", lambda: b"\x1f\x8b" + os.urandom(1 << 20), (3,)),
    "CSV of NUL bytes, 64 MB": ("rows.csv", lambda: _HEADER + bytes(64 << 20), (3, 4)),
    "a mapping 100,000 deep": ("mapping.toml", lambda: b"[exchanges]\ncolumns = " + b"[" * 100_000, (3,)),
    "a mapping with 2,000,000 keys": (
        "mapping.toml",
        lambda: b"[exchanges.columns]\n" + b"".join(b"k%d = 1\n" % n for n in range(300_000)),
        (3,),
    ),
}


def _zip(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


BUNDLES: dict[str, Callable[[], bytes]] = {
    "bundle: zip bomb, 1 GB": lambda: _zip({"bag/bagit.txt": b"x", "bag/data/x": _zeros(1_000)}),
    "bundle: 60,000 entries": lambda: _zip({f"bag/data/{n}": b"" for n in range(60_000)}, zipfile.ZIP_STORED),
    "bundle: path that leads out": lambda: _zip({"bag/../../etc/passwd": b"x"}, zipfile.ZIP_STORED),
    "bundle: absolute path": lambda: _zip({"/etc/passwd": b"x"}, zipfile.ZIP_STORED),
    "bundle: path with a backslash": lambda: _zip({"bag\\..\\x": b"x"}, zipfile.ZIP_STORED),
    "bundle: random bytes, 8 MB": lambda: os.urandom(8 << 20),
}


def sweep(scratch: Path, count: int) -> list[Row]:
    """Every file `count` times; `exit 0 but bad` is a wrong exit code, `other` too slow, too large, a crash, or a sick workspace."""
    row, log, empty = Row("hostile files", unit="files"), scratch / "bombs.log", scratch / "bombs-empty"
    folder = scratch / "bombs"
    folder.mkdir(exist_ok=True)
    if not empty.exists():
        must(clew("init", empty), log)
    good = folder / "good.csv"
    good.write_bytes(_csv())
    worst_s = worst_mb = 0.0
    for _ in range(count):
        for name, (file, content, right) in FILES.items():
            path, space = folder / file, copy(empty, scratch / "bombed")
            must(lambda path=path, content=content: path.write_bytes(content()) and None, log)  # type: ignore[misc]
            mapped = file == "mapping.toml"
            command = clew("ingest", space, "--exchanges", good if mapped else path, *(("--mapping", path) if mapped else ()))
            seconds, megabytes = _one(row, name, command, right, log)
            if faults := sick(space):
                row.fault("torn", f"{name}: {faults[0]}")
            worst_s, worst_mb = max(worst_s, seconds), max(worst_mb, megabytes)
            path.unlink()
        for name, content in BUNDLES.items():
            path = folder / "bundle.zip"
            must(lambda path=path, content=content: path.write_bytes(content()) and None, log)  # type: ignore[misc]
            seconds, megabytes = _one(row, name, clew("verify", path), (3,), log)
            worst_s, worst_mb = max(worst_s, seconds), max(worst_mb, megabytes)
    row.note = f"slowest {worst_s:.1f} s, largest {worst_mb:.0f} MB"
    return [row, _paths(folder, empty, scratch, log)]


def _one(row: Row, name: str, command: Callable[[], int], right: tuple[int, ...], log: Path) -> tuple[float, float]:
    log.write_bytes(b"")
    report = log.with_suffix(".peak")
    report.write_text("0")

    def limited() -> int:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins here, not with the parent's
        code = command()
        sys.stdout.flush()
        status = Path("/proc/self/status").read_text()
        report.write_text(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
        return code

    began = time.monotonic()
    code = wait(start(limited, log), patience=60)
    seconds, megabytes = time.monotonic() - began, int(report.read_text()) / 1024
    row.tried += 1
    print(f"  {name}: exit {code}, {seconds:.1f} s, {megabytes:.0f} MB", flush=True)
    said = log.read_text(errors="replace")
    if code == 0 not in right:
        row.fault("exit_0_but_bad", f"{name}: exit 0")
    elif code not in right:
        row.fault("other", f"{name}: exit {code}: {said[-300:]}")
    if "Traceback" in said:
        row.fault("other", f"{name}: a traceback")
    if seconds > _MOST_SECONDS:
        row.fault("other", f"{name}: {seconds:.1f} s")
    if megabytes > _MOST_MB:
        row.fault("other", f"{name}: {megabytes:.0f} MB")
    return seconds, megabytes


def _paths(folder: Path, empty: Path, scratch: Path, log: Path) -> Row:
    """File names and links that try to lead somewhere else; only the workspace may change."""
    row = Row("hostile paths", unit="paths")
    names = ("a\nb.csv", "..csv", "%2e%2e%2fx.csv", "\u202ecsv.csv", "x" * 240 + ".csv", "-rf.csv", "a;id.csv", "$(id).csv", "*.csv")
    for name in names:
        (folder / "named").mkdir(exist_ok=True)
        path = folder / "named" / name
        path.write_bytes(_csv(_row(occurred_at="never")))
        before = set(folder.rglob("*"))
        space = copy(empty, scratch / "bombed")
        _one(row, f"file {name[:20]!r}", clew("ingest", space, "--exchanges", path), (4,), log)
        if before != set(folder.rglob("*")) or sick(space):
            row.fault("other", f"{name!r}: wrote outside")
        path.unlink()
    for name, target, right in (("loop.csv", "loop.csv", (3, 74)), ("zero.csv", "/dev/zero", (3,)), ("fifo.csv", None, (3,))):
        path = folder / name
        path.unlink(missing_ok=True)
        path.symlink_to(target) if target else os.mkfifo(path)
        _one(row, f"{name} → {target}", clew("ingest", copy(empty, scratch / "bombed"), "--exchanges", path), right, log)
        path.unlink()
    return row
