"""Assembles a labelled world and writes it in the input format: accounts, payments, exchanges by day, enforcement, truth, world.json."""

import datetime as dt
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from graph.errors import UsageError
from graph.progress import Progress
from graph.store import files
from ingest.simulate import clients, identities, people, plant, prompts
from ingest.simulate.campaigns import Pool
from ingest.simulate.lookalikes import LOOKALIKES
from ingest.simulate.prompts import mix
from ingest.simulate.scene import DAY, EXCHANGE, MODELS, START, STATUS, Ints, Part, Scene, world_json
from ingest.simulate.tiers import plan, tier_named

_ROWS_AT_ONCE = 600_000  # rendered together; bounds memory
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
    out: Path, *, accounts: int, scale: float, seed: int, tier: str, days: int, prompts: Path | None, progress: Progress
) -> WorldSummary:
    """Write a labelled world into the folder `out`, which must be new, empty, or an earlier world of this simulator.

    accounts: ordinary accounts and look-alikes together, at scale 1 · scale: factor on them and on the campaigns · tier: easy,
    realistic, hard or none (the same people without campaigns) · prompts: JSON Lines of real prompts to mix in.
    Equal arguments give equal bytes. Raises UsageError, DataRefused, StorageError.
    """
    _check(out, accounts, scale, tier, days)
    scene = Scene(seed, days, scale, scale * accounts / _FULL_SIZE)
    if prompts is not None:
        scene.library.real.update(_read_prompts(prompts))
    pools = plan(scene, tier)
    parameters = world_json({"accounts": accounts, "scale": scale, "seed": seed, "tier": tier, "days": days}, prompts)
    _clear(out, parameters)
    parts = _parts(scene, round(accounts * scale), pools, progress)
    return _write(out, scene, parts, pools, parameters, progress)


_read_prompts = prompts.read_prompts


def _check(out: Path, accounts: int, scale: float, tier: str, days: int) -> None:
    tier_named(tier)
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


def _parts(scene: Scene, count: int, pools: list[Pool], progress: Progress) -> list[Part]:
    """Every part of the world: look-alikes first, ordinary people up to `count`, then the pools."""
    progress.stage("simulate", len(LOOKALIKES) + 1 + len(pools))
    speech = people.voice(scene)
    parts = []
    for kind, make in LOOKALIKES.items():
        parts.append(make(scene, scene.rng(kind), speech))
        progress.advance()
    rest = max(1, count - sum(part.accounts.height for part in parts))
    rng = scene.rng("ordinary")
    crowd = people.draw(scene, rng, rest)
    parts.append(people.part(scene, rng, "ordinary", crowd, people.traffic(scene, rng, crowd, speech), "ordinary"))
    progress.advance()
    homes = _households(scene, parts[-1])
    for number, pool in enumerate(pools, start=1):
        parts.append(plant.plant(scene, number, pool, speech, homes))
        progress.advance()
    return parts


def _households(scene: Scene, ordinary: Part) -> Ints:
    """A sample of the addresses of ordinary accounts, carriers' and VPNs' exits left out."""
    seen = ordinary.exchanges.group_by("ip").agg(n=pl.col("account").n_unique()).filter(pl.col("n") == 1).sort("ip")["ip"].to_numpy()
    return scene.rng("households").choice(seen, min(len(seen), _HOUSEHOLDS), replace=False) if len(seen) else seen


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


def _write(out: Path, scene: Scene, parts: list[Part], pools: list[Pool], parameters: dict[str, Any], progress: Progress) -> WorldSummary:
    ids = _account_ids(scene.seed, parts)
    together = [(part, name) for part, name in zip(parts, ids, strict=True)]
    enforcement = pl.concat([_numbered(p.enforcement, i) for p, i in together])
    truth = pl.concat([_numbered(p.truth, i) for p, i in together])
    _put(out / "accounts.parquet", _accounts(pl.concat([_numbered(p.accounts, i) for p, i in together]), enforcement))
    _put(out / "payments.parquet", _payments(pl.concat([_numbered(p.payments, i) for p, i in together])))
    _put(out / "enforcement.parquet", _timed(enforcement, "at", "acted_at").sort("acted_at", "account_id"))
    _put(out / "truth.parquet", _timed(truth, "first", "first_at").sort("account_id", "campaign_id"))
    total = _write_exchanges(out / "exchanges", scene, parts, ids, progress)
    files.write_json(out / "world.json", {**parameters, "complete": True, "exchanges": total, "pools": [asdict(pool) for pool in pools]})
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


def _write_exchanges(out: Path, scene: Scene, parts: list[Part], ids: list[pl.Series], progress: Progress) -> int:
    """One file a day. Returns the number of exchanges."""
    offsets = np.cumsum([0, *(part.accounts.height for part in parts)])
    rows = pl.concat(
        [
            part.exchanges.select(pl.col("account") + int(offset), pl.exclude("account")).select(list(EXCHANGE))
            for part, offset in zip(parts, offsets, strict=False)
        ]
    ).sort("at", "session", "key", "status", maintain_order=True)
    every_id = pl.concat(ids)
    bounds = np.searchsorted(rows["at"].to_numpy(), np.arange(scene.days + 1) * DAY)
    progress.stage("write", scene.days)
    for first, last in _chunks(bounds):
        low = int(bounds[first])
        text = _exchange_strings(scene, rows[low : int(bounds[last])], every_id)
        for day in range(first, last):
            name = (START + dt.timedelta(days=day)).date().isoformat()
            _put(out / f"{name}.parquet", text[int(bounds[day]) - low : int(bounds[day + 1]) - low])
            progress.advance()
    return rows.height


def _chunks(bounds: Ints) -> list[tuple[int, int]]:
    """Runs of whole days with at most _ROWS_AT_ONCE rows, or one day."""
    runs, first = [], 0
    for day in range(1, len(bounds)):
        if day + 1 == len(bounds) or bounds[day + 1] - bounds[first] > _ROWS_AT_ONCE:
            runs.append((first, day))
            first = day
    return runs


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
