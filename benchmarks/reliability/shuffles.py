"""Late, duplicate, shuffled deliveries against the clean one; and one instant written in many ways."""

import datetime as dt
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from benchmarks.reliability.harness import Row, child, clew, must, seen
from graph.store import snapshot, tables
from graph.store.workspace import Workspace
from tests.ingest.factory import stored

_FORMATS = ("csv", "parquet", "jsonl")
_TABLES = ("accounts", "payments", "exchanges", "enforcement", "objects", "fragments", "prompts")


def sweep(scratch: Path, count: int) -> list[Row]:
    """Each case: the clean rows shuffled, some sent twice, some up to seven days late, cut into files of any format and runs of any number.

    `lost`: the stored tables differ from the clean delivery's. Every tenth case detects too, and compares every byte of the night.
    """
    rows, nights = Row("shuffled, duplicate, late deliveries", unit="cases"), Row("the night found in them", unit="cases")
    folder, log = scratch / "shuffles", scratch / "shuffles.log"
    clean = folder / "clean"
    if not (clean / "tables" / "CURRENT").exists():
        must(lambda: _deliver(scratch, clean, None), log)
        must(clew("detect", clean), log)
    report = folder / "report.txt"
    for number in range(count):
        log.write_bytes(b"")
        space = folder / "case"
        code = child(lambda n=number, s=space: _case(scratch, clean, s, n, report), log)  # type: ignore[misc]
        rows.tried += 1
        if code:
            rows.fault("lost" if code == 1 else "other", f"case {number}: code {code}: {log.read_text()[-300:]}")
        if number % 10 == 0:
            nights.tried += 1
            if child(clew("detect", space), log) or _night(space) != _night(clean):
                nights.fault("other", f"case {number}: another night {Workspace(space).root}")
    return [rows, nights]


def _night(space: Path) -> dict[str, str]:
    return {name: digest for name, digest in seen(space).items() if name.startswith("snapshots/")}


def _case(scratch: Path, clean: Path, space: Path, number: int, report: Path) -> int:
    _deliver(scratch, space, number)
    wrong = [table for table in _TABLES if not stored(Workspace(space), table).equals(stored(Workspace(clean), table))]
    if wrong:
        print(f"differ: {wrong}")
    return 1 if wrong else 0


def _deliver(scratch: Path, space: Path, number: int | None) -> None:
    """Both deliveries into a new workspace: clean (None) or as case `number` has them."""
    import shutil

    from app.cli.main import run_command

    shutil.rmtree(space, ignore_errors=True)
    run_command(["init", str(space)])
    world, dice = scratch / "world", random.Random(number)
    names = ("accounts", "payments", "enforcement", "exchanges")
    whole = {name: pl.concat([_read(world / part, name) for part in ("one", "two")]) for name in names}
    runs = 1 if number is None else dice.randint(1, 3)
    for run in range(runs):
        arguments = ["ingest", str(space)]
        for name, frame in whole.items():
            share = frame if number is None else _share(frame, name, run, runs, dice)
            for k in range(1 if number is None else dice.randint(1, 3)):
                path = space.parent / f"{space.name}-{run}-{name}-{k}.{'parquet' if number is None else dice.choice(_FORMATS)}"
                piece = share if number is None else share.gather_every(3, k) if k < 2 else share
                if piece.is_empty():
                    continue  # an empty file is refused, as it should be
                _write(piece, path)
                arguments += [f"--{name}", str(path)]
            if number is not None:
                path = space.parent / f"{space.name}-{run}-{name}-all.parquet"
                _write(share, path)
                arguments += [f"--{name}", str(path)]
        if run_command(arguments):
            raise SystemExit("an ingest failed")


def _read(delivery: Path, name: str) -> pl.DataFrame:
    path = delivery / f"{name}.parquet" if name != "exchanges" else delivery / "exchanges"
    return pl.read_parquet(path)


def _share(frame: pl.DataFrame, name: str, run: int, runs: int, dice: random.Random) -> pl.DataFrame:
    """Every row in one run at least, cut by nothing in particular: so days come late; a fifth comes in another run again."""
    seed = dice.randrange(1 << 30)
    own = frame.filter(pl.int_range(pl.len()) % runs == run)
    again = frame.sample(fraction=0.2, seed=seed)
    return pl.concat([own, again]).sample(fraction=1.0, shuffle=True, seed=seed)


def _write(frame: pl.DataFrame, path: Path) -> None:
    times = pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    elif path.suffix == ".csv":
        frame.with_columns(times).write_csv(path)
    else:
        frame.with_columns(times).write_ndjson(path)


_ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")


def clock(scratch: Path, count: int) -> list[Row]:
    """Instants around both changes of the clock: as UTC, with offsets, as epoch numbers, as local times of a zone; under three TZ."""
    row = Row("one instant in many spellings, around changes of the clock", unit="cases")
    folder, log = scratch / "clock", scratch / "clock.log"
    folder.mkdir(exist_ok=True)
    for number in range(count):
        log.write_bytes(b"")
        row.tried += 1
        if code := child(lambda n=number: _clock_case(folder, n), log):  # type: ignore[misc]
            row.fault("lost", f"case {number}: code {code}: {log.read_text()[-300:]}")
    return [row]


def _clock_case(folder: Path, number: int) -> int:
    import os
    import shutil
    import time

    from app.cli.main import run_command

    dice = random.Random(number)
    os.environ["TZ"] = dice.choice(("UTC", "Asia/Kathmandu", "America/New_York"))
    time.tzset()
    zone = ZoneInfo(dice.choice(_ZONES))
    around = dice.choice(
        [dt.datetime(2026, 3, 29, 1), dt.datetime(2026, 10, 25, 1), dt.datetime(2026, 4, 4, 15), dt.datetime(2026, 3, 8, 7)]
    )
    instants = [
        around.replace(tzinfo=dt.UTC) + dt.timedelta(minutes=dice.randint(-200, 200), microseconds=dice.randrange(1_000_000))
        for _ in range(40)
    ]
    once = [at for at in instants if _unambiguous(at, zone)]
    whole = [at.replace(microsecond=0) for at in instants]
    spellings = {
        "utc": ([at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for at in instants], "", instants),
        "offset": ([at.astimezone(zone).isoformat() for at in instants], "", instants),
        "us": ([str(_epoch_us(at)) for at in instants], 'units = { occurred_at = "us" }', instants),
        "ms": ([str(_epoch_us(at) // 1000) for at in instants], 'units = { occurred_at = "ms" }', [_cut_ms(at) for at in instants]),
        "s": ([str(_epoch_us(at) // 1_000_000) for at in instants], 'units = { occurred_at = "s" }', whole),
        "local": ([at.astimezone(zone).replace(tzinfo=None).isoformat() for at in once], f'zone = "{zone.key}"', once),
    }
    for name, (texts, mapping, expected) in spellings.items():
        space = folder / "space"
        shutil.rmtree(space, ignore_errors=True)
        run_command(["init", str(space)])
        path, toml = folder / "rows.csv", folder / "mapping.toml"
        path.write_text("account_id,occurred_at,exchange_id\n" + "".join(f"a{k},{text},{k}\n" for k, text in enumerate(texts)))
        toml.write_text(f"[exchanges]\n{mapping}\n")
        if not texts:
            continue
        if run_command(["ingest", str(space), "--exchanges", str(path), "--mapping", str(toml)]):
            print(f"{name} of {zone.key} is refused")
            return 2
        workspace = Workspace(space)
        frame = tables.scan(workspace, tables.current(workspace), "exchanges").collect()
        got = dict(frame.select("account_id", "occurred_at").iter_rows())
        if got != {f"a{k}": at for k, at in enumerate(expected)}:
            print(f"{name} of {zone.key} around {around}: differs")
            return 1
    return 0


def _epoch_us(at: dt.datetime) -> int:
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _cut_ms(at: dt.datetime) -> dt.datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _unambiguous(at: dt.datetime, zone: ZoneInfo) -> bool:
    local = at.astimezone(zone).replace(tzinfo=None)
    return len({local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}) == 1


def twice(scratch: Path, count: int) -> list[Row]:
    """Nights run twice, and past nights again in any order by `detect --until`: the bytes of each night stay what they were."""
    import shutil

    row = Row("nights run again, in any order", unit="runs")
    source, space, log = scratch / "shuffles" / "clean", scratch / "twice", scratch / "twice.log"
    if not source.exists():
        must(lambda: _deliver(scratch, source, None), log)
    shutil.rmtree(space, ignore_errors=True)
    shutil.copytree(source, space)
    shutil.rmtree(space / "snapshots", ignore_errors=True)
    days = tables.days(tables.current(Workspace(space)), "exchanges")
    ends = [f"{dt.date.fromisoformat(day) + dt.timedelta(days=1)}T00:00:00Z" for day in days]
    for end in ends:
        must(clew("detect", space, "--until", end), log)
    first = {name: digest for name, digest in _night(space).items() if not name.endswith("CURRENT")}
    dice = random.Random(7)
    for _ in range(count):
        end = dice.choice(ends)
        if code := child(clew("detect", space, "--until", end), log):
            row.fault("other", f"{end}: exit {code}")
        row.tried += 1
        again = {name: digest for name, digest in _night(space).items() if not name.endswith("CURRENT")}
        if again != first:
            row.fault("duplicate", f"{end}: {sorted(set(again) ^ set(first))[:3]}")
    row.note = f"{len(snapshot.history(Workspace(space)))} nights"
    return [row]
