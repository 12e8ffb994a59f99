"""How hard a world is: how many pools, how large, and which of the archetypes' options remain."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graph.errors import UsageError
from ingest.simulate.campaigns import ALWAYS, BIG, RECIPES, SMALL, Pool, draw
from ingest.simulate.scene import Scene

EXCHANGES_AT_FULL_SIZE = 950_000  # what all campaigns together may send, customers' traffic in their pools included
_LEAST_ACCOUNTS = 12


@dataclass(frozen=True)
class Tier:
    """pools: least and most · size: factor on accounts of all but the small ones · overrides: options for every archetype but
    `clockwork`, whose only link is timing · fade: least and most share of customers' traffic, None = the archetype's own."""

    pools: tuple[int, int]
    size: float = 1.0
    overrides: dict[str, Any] = field(default_factory=dict)
    fade: tuple[float, float] | None = None


TIERS: dict[str, Tier] = {
    "none": Tier((0, 0)),
    "easy": Tier(
        (7, 9),
        overrides={
            "cards": ("shared",),
            "template": ("exact", "slots"),
            "addresses": ("exits", "datacentre"),
            "signup": ("burst",),
            "mail": ("disposable", "pattern"),
        },
        fade=(0.0, 0.2),
    ),
    "realistic": Tier((7, 9)),
    "hard": Tier(
        (7, 9),
        size=0.6,
        overrides={
            "cards": ("unique", "none"),
            "template": ("paraphrase", "slots", "none"),
            "addresses": ("residential", "proxy"),
            "signup": ("aged", "spread"),
            "mail": ("ordinary",),
            "client": ("mixed",),
            "program": ("",),
        },
        fade=(0.4, 0.85),
    ),
}


def tier_named(name: str) -> Tier:
    """The tier of that name. Raises UsageError."""
    if name not in TIERS:
        raise UsageError(f"--tier {name}: no such tier. Choose from {', '.join(TIERS)}.")
    return TIERS[name]


def plan(scene: Scene, name: str) -> list[Pool]:
    """The pools of a world, brought to its scale and its budget of exchanges."""
    tier, rng = tier_named(name), scene.rng("plan")
    if tier.pools[1] == 0:
        return []
    pools = [_sized(scene, tier, _drawn(rng, tier, archetype)) for archetype in _archetypes(rng, tier)]
    weight = np.array([pool.accounts**0.6 for pool in pools])
    budgets = EXCHANGES_AT_FULL_SIZE * scene.scale * weight / weight.sum()
    return [_affordable(scene, pool, float(budget)) for pool, budget in zip(pools, budgets, strict=True)]


def _archetypes(rng: np.random.Generator, tier: Tier) -> list[str]:
    chosen = [*ALWAYS, BIG[int(rng.integers(len(BIG)))], SMALL[int(rng.integers(len(SMALL)))]]
    rest = [name for name in RECIPES if name not in (*chosen, *BIG)]
    more = int(rng.integers(tier.pools[0], tier.pools[1] + 1)) - len(chosen)
    return chosen + [rest[i] for i in rng.choice(len(rest), more, replace=False)]


def _drawn(rng: np.random.Generator, tier: Tier, archetype: str) -> Pool:
    recipe = RECIPES[archetype]
    overrides = {} if archetype == "clockwork" else dict(tier.overrides)
    if recipe.get("injected"):
        overrides.pop("template", None)  # its one sentence is the link
    if tier.fade:
        overrides["mixing"] = tier.fade
    return draw(rng, archetype, overrides)


def _sized(scene: Scene, tier: Tier, pool: Pool) -> Pool:
    factor = 1.0 if pool.archetype in SMALL else tier.size * scene.scale
    return replace(pool, accounts=max(_LEAST_ACCOUNTS, round(pool.accounts * factor)))


def _affordable(scene: Scene, pool: Pool, budget: float) -> Pool:
    """The same pool with volumes cut, where need be, so that it sends no more than `budget`."""
    wanted = sum(aim.per_day * aim.length * scene.days * pool.accounts for aim in pool.aims)
    cut = min(1.0, budget / wanted)
    return replace(pool, aims=tuple(replace(aim, per_day=round(aim.per_day * cut, 3)) for aim in pool.aims))
