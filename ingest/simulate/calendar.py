"""What happens to everybody at once: holidays of a country, outages of the service, and people's own good and bad weeks."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ingest.simulate.identities import COUNTRIES
from ingest.simulate.scene import DAY, FAILED, HOUR, LIMITED, MINUTE, SECOND, Floats, Ints, Scene

_WORKDAY = np.array([1.0, 0.25, 0.5, 0.1, 0.0])  # how much of each rhythm (timing.RHYTHMS) stops on a holiday
_GIVES_UP, _SEES_ERROR = 0.4, 0.75  # of the requests that meet an outage: lost; lost or answered 500; the rest come when it is over
_TRIAL_DAYS, _ON_TRIAL = 6.0, 0.33  # of accounts opened during the days of the world


def holidays(scene: Scene) -> NDArray[np.bool_]:
    """Days off (country × day): one or two single days each, and one country that is away for a week."""
    rng, off = scene.rng("holidays"), np.zeros((len(COUNTRIES), scene.days), bool)
    for country in range(len(COUNTRIES)):
        off[country, rng.integers(0, scene.days, int(rng.integers(1, 3)))] = True
    week, away = int(rng.integers(0, max(1, scene.days - 7))), int(rng.integers(3, len(COUNTRIES)))
    off[away, week : week + 7] = True
    return off


def activity(scene: Scene, rng: np.random.Generator, country: Ints, rhythm: NDArray[np.int8], created: Ints) -> Floats:
    """How much each person does on each day against their average (people × days): engaged and idle weeks, holidays, trials that fade."""
    level = np.empty((len(country), scene.days))
    state = rng.normal(0, 1, len(country))
    for day in range(scene.days):
        state = 0.85 * state + rng.normal(0, np.sqrt(1 - 0.85**2), len(country))
        level[:, day] = state
    mood = np.exp(0.9 * level - 0.405)
    resting = holidays(scene)[country] * _WORKDAY[rhythm][:, None]
    age = np.arange(scene.days)[None, :] - created[:, None] / DAY
    trial = (rng.random(len(country)) < _ON_TRIAL)[:, None] & (created[:, None] > 0)
    return np.asarray(mood * (1 - resting) * np.where(trial, 2.5 * np.exp(-np.maximum(age, 0) / _TRIAL_DAYS), 1.0), np.float64)


@dataclass(frozen=True)
class Outage:
    """The service is down between two instants for a share of the accounts (one region, or all)."""

    first: int  # microseconds since START
    last: int
    share: float


def outages(scene: Scene) -> list[Outage]:
    """One outage of everything and one of a region for every three weeks; 25 to 100 minutes on a working day."""
    rng = scene.rng("outages")
    found = []
    for number in range(2 * max(1, round(scene.days / 21))):
        first = int(rng.integers(0, max(1, scene.days - 1))) * DAY + int(rng.integers(6 * HOUR, 20 * HOUR))
        found.append(Outage(first, first + int(rng.integers(25 * MINUTE, 100 * MINUTE)), 1.0 if number % 2 == 0 else 0.35))
    return sorted(found, key=lambda o: o.first)


def suffer(scene: Scene, rng: np.random.Generator, rows: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """The rows of a part (frame EXCHANGE) as outages leave them: requests lost or answered 500, the rest sent when service resumes,
    by people within minutes and by programs in the first seconds, where a storm of 429 meets them."""
    region = rng.random(accounts)
    for outage in outages(scene):
        at = rows["at"].to_numpy()
        inside = np.flatnonzero((at >= outage.first) & (at < outage.last) & (region[rows["account"].to_numpy()] < outage.share))
        if len(inside):
            rows = pl.concat([rows.filter(~pl.Series(_marked(rows.height, inside))), _met(rng, rows[inside], outage)])
    return rows


def _marked(height: int, rows: Ints) -> NDArray[np.bool_]:
    mark = np.zeros(height, bool)
    mark[rows] = True
    return mark


def _met(rng: np.random.Generator, rows: pl.DataFrame, outage: Outage) -> pl.DataFrame:
    chance = rng.random(rows.height)
    failed = rows.filter(pl.Series((chance >= _GIVES_UP) & (chance < _SEES_ERROR))).with_columns(status=pl.lit(FAILED, pl.Int8))
    later = rows.filter(pl.Series(chance >= _SEES_ERROR))
    program = rng.random(later.height) < 0.5
    wait = np.where(program, rng.exponential(4 * SECOND, later.height), rng.exponential(6 * MINUTE, later.height)).astype(np.int64)
    later = later.with_columns(at=pl.Series(outage.last + wait))
    refused = later.filter(pl.Series(program)).with_columns(status=pl.lit(LIMITED, pl.Int8))
    again = later.with_columns(at=pl.Series(later["at"].to_numpy() + np.where(program, rng.choice([1, 2, 4, 8], later.height) * SECOND, 0)))
    return pl.concat([failed, refused, again])
