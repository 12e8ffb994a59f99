"""Assembles a labelled world and writes it in the input format: accounts, payments, exchanges by day, enforcement, truth, world.json."""

import datetime as dt
import shutil
import zlib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from graph.errors import UsageError
from graph.progress import Progress
from graph.store import files
from ingest.simulate import calendar, clients, enrolment, identities, people, plant, prompts
from ingest.simulate.campaigns import Pool
from ingest.simulate.lookalikes import LOOKALIKES
from ingest.simulate.prompts import mix
from ingest.simulate.scene import DAY, MODELS, START, STATUS, Ints, Part, Scene, world_json
from ingest.simulate.spill import ORDER, Spill, spill
from ingest.simulate.tiers import plan, tier_named

_BLOCK = 50_000  # ordinary people drawn together; bounds memory
_ROWS_AT_ONCE = 400_000  # written out together
_SPILL = ".spill"
_HOUSEHOLDS = 4_000
_FULL_SIZE = 50_000


@dataclass(frozen=True)
class WorldSummary:
    """What was written. `pools` are the planted pools, as drawn."""

    out: Path
    accounts: int
    exchanges: int
    campaign_accounts: int
    pools: tuple[Pool, ...]


def simulate(
    out: Path,
    *,
    accounts: int,
    scale: float,
    seed: int,
    tier: str,
    days: int,
    prompts: Path | None,
    progress: Progress,
    only: str | None = None,
    without: tuple[str, ...] = (),
) -> WorldSummary:
    """Write a labelled world into the folder `out`, which must be new, empty, or an earlier world of this simulator.

    accounts: ordinary accounts and look-alikes together, at scale 1 · scale: factor on exchanges; accounts grow with it up to 1,
    beyond that people with its power 2/3 and campaigns with its power 0.85, and people do more · tier: a name of tiers.TIERS
    (none: the same people without campaigns) · only: instead of the tier's campaigns, some that share nothing but this one of
    switches.SWITCHES · without: look-alikes to leave out · prompts: JSON Lines of real prompts to mix in.
    Equal arguments give equal bytes. Raises UsageError, DataRefused, StorageError.
    """
    _check(out, accounts, scale, tier, days, without)
    count = accounts * min(scale, scale ** (2 / 3))
    scene = Scene(seed, days, scale, count / _FULL_SIZE, min(scale, scale**0.85), max(1.0, scale**0.4))
    if prompts is not None:
        scene.library.real.update(_read_prompts(prompts))
    pools = plan(scene, tier, only)
    parameters = {"accounts": accounts, "scale": scale, "seed": seed, "tier": tier if only is None else f"only {only}", "days": days}
    parameters = world_json({**parameters, "without": sorted(without)}, prompts)
    _clear(out, parameters)
    try:
        parts = _parts(scene, out / _SPILL, round(count), pools, without, progress)
        return _write(out, scene, parts, pools, parameters, progress)
    finally:
        shutil.rmtree(out / _SPILL, ignore_errors=True)


_read_prompts = prompts.read_prompts


def _check(out: Path, accounts: int, scale: float, tier: str, days: int, without: tuple[str, ...]) -> None:
    tier_named(tier)
    unknown = sorted(set(without) - set(LOOKALIKES))
    if unknown:
        raise UsageError(f"--without {unknown[0]}: no such look-alike. Choose from {', '.join(LOOKALIKES)}.")
    if accounts < 1 or scale <= 0 or days < 2:
        raise UsageError(f"--accounts {accounts} --scale {scale} --days {days}: need at least 1 account, a scale above 0 and 2 days.")
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "world.json").exists())):
        raise UsageError(f"{out}: holds other files. Name a folder that is new or empty.")


def _clear(out: Path, parameters: dict[str, Any]) -> None:
    """Mark `out` as a world and take away the days of an earlier one."""
    files.write_json(out / "world.json", {**parameters, "complete": False})
    with files.storage_errors(out):
        for path in (out / "exchanges").glob("*.parquet"):
            path.unlink()


def _parts(
    scene: Scene, folder: Path, count: int, pools: list[Pool], without: tuple[str, ...], progress: Progress
) -> list[tuple[Part, Spill]]:
    """Every part of the world, its exchanges spilled into `folder`: look-alikes, ordinary people up to `count` in blocks, the pools."""
    kinds = [kind for kind in LOOKALIKES if kind not in without]
    speech, parts = people.voice(scene), list[tuple[Part, Spill]]()
    progress.stage("simulate", len(kinds) + 1 + len(pools))

    def keep(part: Part) -> None:
        spilled = spill(folder / f"{len(parts):05d}.arrow", part.exchanges, scene.days)
        parts.append((replace(part, exchanges=part.exchanges.clear()), spilled))
        progress.advance()

    for kind in kinds:
        keep(LOOKALIKES[kind](scene, scene.rng(kind), speech))
    rest = max(1, count - sum(part.accounts.height for part, _ in parts))
    homes = np.empty(0, np.int64)
    for block, first in enumerate(range(0, rest, _BLOCK)):
        crowd = _ordinary(scene, block, min(_BLOCK, rest - first), speech)
        homes = homes if block else _households(scene, crowd)
        keep(crowd)
    for number, pool in enumerate(pools, start=1):
        keep(plant.plant(scene, number, pool, speech, homes))
    return parts


def _ordinary(scene: Scene, block: int, count: int, speech: people.Voice) -> Part:
    rng = scene.rng(f"ordinary-{block}")
    crowd = people.draw(scene, rng, count)
    return enrolment.part(scene, rng, f"ordinary-{block}", crowd, people.traffic(scene, rng, crowd, speech), "ordinary")


def _households(scene: Scene, ordinary: Part) -> Ints:
    """A sample of the IPv4 addresses of ordinary accounts, carriers' and VPNs' exits left out."""
    seen = ordinary.exchanges.filter(pl.col("ip") < 2**32).group_by("ip").agg(n=pl.col("account").n_unique())
    alone = seen.filter(pl.col("n") == 1).sort("ip")["ip"].to_numpy()
    return scene.rng("households").choice(alone, min(len(alone), _HOUSEHOLDS), replace=False) if len(alone) else alone


def _account_ids(seed: int, parts: list[Part]) -> list[pl.Series]:
    """Ids that tell nothing and stay the same when other parts change: a hash of seed, part and number."""
    ids = []
    for part in parts:
        number = np.arange(part.accounts.height).astype(np.uint64)
        ids.append("u" + (pl.Series(mix(number, zlib.crc32(part.name.encode()), seed)) % 10**14).cast(pl.String).str.zfill(14))
    return ids


def _numbered(frame: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """The frame with `account_id` in place of the number of the account within its part."""
    return frame.with_columns(account_id=ids.gather(frame["account"])).drop("account")


def _write(
    out: Path, scene: Scene, parts: list[tuple[Part, Spill]], pools: list[Pool], parameters: dict[str, Any], progress: Progress
) -> WorldSummary:
    ids = _account_ids(scene.seed, [part for part, _ in parts])
    together = [(part, name) for (part, _), name in zip(parts, ids, strict=True)]
    enforcement = pl.concat([_numbered(p.enforcement, i) for p, i in together])
    truth = pl.concat([_numbered(p.truth, i) for p, i in together])
    _put(out / "accounts.parquet", _accounts(pl.concat([_numbered(p.accounts, i) for p, i in together]), enforcement))
    _put(out / "payments.parquet", _payments(pl.concat([_numbered(p.payments, i) for p, i in together])))
    _put(out / "enforcement.parquet", _timed(enforcement, "at", "acted_at").sort("acted_at", "account_id"))
    _put(out / "truth.parquet", _timed(truth, "first", "first_at").sort("account_id", "campaign_id"))
    total = _write_exchanges(out / "exchanges", scene, [spilled for _, spilled in parts], ids, progress)
    written = {"complete": True, "exchanges": total, "outages": [asdict(outage) for outage in calendar.outages(scene)]}
    files.write_json(out / "world.json", {**parameters, **written, "pools": [asdict(pool) for pool in pools]})
    planted = truth.filter(pl.col("kind") == "campaign")["account_id"].n_unique()
    return WorldSummary(out, truth["account_id"].n_unique(), total, planted, tuple(pools))


def _put(path: Path, frame: pl.DataFrame) -> None:
    files.write_parquet(path, frame)


def _timed(frame: pl.DataFrame, number: str, name: str) -> pl.DataFrame:
    """Microseconds since START become UTC times, as the first column but account_id."""
    start = int(START.timestamp() * 1_000_000)
    time = (pl.col(number) + start).cast(pl.Datetime("us", "UTC")).alias(name)
    return frame.with_columns(time).drop(number).select("account_id", pl.exclude("account_id"))


def _accounts(frame: pl.DataFrame, enforcement: pl.DataFrame) -> pl.DataFrame:
    banned = enforcement.group_by("account_id").agg(pl.col("at").min().alias("status_at"))
    frame = frame.join(banned, "account_id", "left", maintain_order="left").with_columns(
        signup_ip=identities.address_text(frame["signup_ip"].to_numpy()),
        status=pl.when(pl.col("status_at").is_null()).then(pl.lit("active")).otherwise(pl.lit("banned")),
    )
    return _timed(_timed(frame, "created", "created_at"), "status_at", "status_at_").rename({"status_at_": "status_at"}).sort("account_id")


def _payments(frame: pl.DataFrame) -> pl.DataFrame:
    card = ("fp_" + pl.col("card").cast(pl.String).str.zfill(20).str.replace(r"^(.{7})(.{7})", "${1}x${2}y")).alias("card_fingerprint")
    frame = _timed(frame.with_columns(card, currency=pl.lit("USD")).drop("card"), "at", "paid_at")
    return frame.sort("paid_at", "account_id", "card_fingerprint", "amount")


def _write_exchanges(out: Path, scene: Scene, spilled: list[Spill], ids: list[pl.Series], progress: Progress) -> int:
    """One file a day, some days or one in memory at a time. Returns the number of exchanges."""
    offsets = np.cumsum([0, *(len(names) for names in ids)])
    every_id, total = pl.concat(ids), 0
    progress.stage("write", scene.days)
    for first, last in _chunks(np.sum([np.diff(s.bounds) for s in spilled], axis=0)):
        rows = pl.concat([s.days(first, last).with_columns(pl.col("account") + int(o)) for s, o in zip(spilled, offsets, strict=False)])
        rows = rows.sort(ORDER, maintain_order=True)
        bounds = np.searchsorted(rows["at"].to_numpy(), np.arange(first, last + 1) * DAY)
        text = _exchange_strings(scene, rows, every_id)
        for day in range(first, last):
            name = (START + dt.timedelta(days=day)).date().isoformat()
            _put(out / f"{name}.parquet", text[int(bounds[day - first]) : int(bounds[day - first + 1])])
            progress.advance()
        total += rows.height
    return total


def _chunks(counts: Ints) -> list[tuple[int, int]]:
    """Runs of whole days with at most _ROWS_AT_ONCE rows together, or one day."""
    runs, first, rows = list[tuple[int, int]](), 0, 0
    for day, count in enumerate(counts.tolist()):
        if day > first and rows + count > _ROWS_AT_ONCE:
            runs.append((first, day))
            first, rows = day, 0
        rows += count
    return [*runs, (first, len(counts))]


def _exchange_strings(scene: Scene, rows: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """The exchanges table of the contract from rows of numbers."""
    prompt = prompts.render(scene.library, rows["source"].to_numpy(), rows["key"].to_numpy())
    number = mix(rows["key"].to_numpy(), rows["at"].to_numpy().astype(np.uint64), rows["account"].to_numpy().astype(np.uint64))
    sent = pl.DataFrame({"client": rows["client"], "release": rows["release"]})
    kinds = sent.unique().sort("client", "release")
    described = [clients.describe(c, r) for c, r in kinds.iter_rows()]
    names = pl.DataFrame(described, schema=["user_agent", "client_version", "surface"], orient="row")
    sent = sent.join(pl.concat([kinds, names], how="horizontal"), ["client", "release"], "left", maintain_order="left")
    frame = pl.DataFrame(
        {
            "account_id": ids.gather(rows["account"]),
            "at": rows["at"],
            "exchange_id": "x" + pl.Series(number).cast(pl.String),
            "ip": identities.address_text(rows["ip"].to_numpy()),
            "user_agent": sent["user_agent"],
            "client_version": sent["client_version"],
            "session_id": "s" + rows["session"].cast(pl.String),
            "model": pl.Series(MODELS).gather(rows["model"]),
            "surface": sent["surface"],
            "status": pl.Series(STATUS).gather(rows["status"]),
            "input_tokens": rows["input_tokens"].cast(pl.Int64) + prompt.str.len_bytes().cast(pl.Int64) // 4,
            "output_tokens": rows["output_tokens"].cast(pl.Int64),
            "prompt": prompt,
        }
    )
    return _timed(frame, "at", "occurred_at")
