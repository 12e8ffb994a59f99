"""How hard a world is: how many pools, how large, and which of the archetypes' options remain."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graph.errors import UsageError
from ingest.simulate.campaigns import ALWAYS, BIG, RECIPES, SMALL, Pool, draw
from ingest.simulate.scene import Scene
from ingest.simulate.switches import PLAIN, STUBBORN, SWITCHES

EXCHANGES_AT_FULL_SIZE = 950_000  # what all campaigns together may send, customers' traffic in their pools included
_LEAST_ACCOUNTS = 12
_ONLY_SIZES = (30, 150, 600)  # accounts of the pools of a world with one switch; the first is the same at every scale
_KEPT = 2  # stubborn links of a brutal pool
_BRUTAL_SIZES = ((60, 250), (14, 40), (700, 1300), (100, 300))


@dataclass(frozen=True)
class Tier:
    """pools: least and most · size: factor on accounts of all but the small ones · overrides: options for every archetype but
    `clockwork`, whose only link is timing · fade: least and most share of customers' traffic, None = the archetype's own
    · stubborn: pools are plain but for two links drawn from STUBBORN."""

    pools: tuple[int, int]
    size: float = 1.0
    overrides: dict[str, Any] = field(default_factory=dict)
    fade: tuple[float, float] | None = None
    stubborn: bool = False


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
            "retry": ("same",),
            "languages": (0,),
            "bans": ("none", "some"),
        },
        fade=(0.0, 0.2),
    ),
    "realistic": Tier((7, 9)),
    "hard": Tier(
        (7, 9),
        size=0.6,
        overrides={
            "cards": ("unique", "none"),
            "billing": ("own",),
            "phones": ("ordinary",),
            "template": ("paraphrase", "slots", "none"),
            "addresses": ("residential", "proxy"),
            "signup": ("aged", "spread"),
            "mail": ("ordinary",),
            "client": ("mixed",),
            "program": ("",),
        },
        fade=(0.4, 0.85),
    ),
    "brutal": Tier((7, 9), size=0.6, overrides={"per_day": (5, 25)}, fade=(0.5, 0.9), stubborn=True),
}


def tier_named(name: str) -> Tier:
    """The tier of that name. Raises UsageError."""
    if name not in TIERS:
        raise UsageError(f"--tier {name}: no such tier. Choose from {', '.join(TIERS)}.")
    return TIERS[name]


def plan(scene: Scene, name: str, only: str | None = None) -> list[Pool]:
    """The pools of a world, brought to its scale and its budget of exchanges. Raises UsageError.

    only: instead of the tier's pools, three that share nothing but what this switch turns on.
    """
    tier, rng = tier_named(name), scene.rng("plan")
    if only is not None:
        pools = _single(scene, rng, only)
    elif tier.pools[1] == 0:
        return []
    else:
        pools = [pool for number, chosen in enumerate(_chosen(rng, tier), start=1) for pool in _drawn(scene, rng, tier, number, chosen)]
    weight = np.array([pool.accounts**0.6 for pool in pools])
    budgets = EXCHANGES_AT_FULL_SIZE * scene.scale * weight / weight.sum()
    return [_affordable(scene, pool, float(budget)) for pool, budget in zip(pools, budgets, strict=True)]


def _single(scene: Scene, rng: np.random.Generator, only: str) -> list[Pool]:
    if only not in SWITCHES:
        raise UsageError(f"--only {only}: no such switch. Choose from {', '.join(SWITCHES)}.")
    pools = []
    for number, size in enumerate(_ONLY_SIZES, start=1):
        accounts = size if number == 1 else max(_LEAST_ACCOUNTS, round(size * scene.pools))
        drawn = draw(rng, only, {**PLAIN, **SWITCHES[only]}, f"campaign-{number:02d}")
        pools += [replace(pool, accounts=accounts) for pool in drawn]
    return pools


def _chosen(rng: np.random.Generator, tier: Tier) -> list[str]:
    """Archetypes of a world; of a brutal one the links that each pool keeps, joined by +."""
    count = int(rng.integers(tier.pools[0], tier.pools[1] + 1))
    if tier.stubborn:
        return ["+".join(STUBBORN[i] for i in sorted(rng.choice(len(STUBBORN), _KEPT, replace=False))) for _ in range(count)]
    chosen = [*ALWAYS, BIG[int(rng.integers(len(BIG)))], SMALL[int(rng.integers(len(SMALL)))]]
    rest = [name for name in RECIPES if name not in (*chosen, *BIG)]
    return chosen + [rest[i] for i in rng.choice(len(rest), count - len(chosen), replace=False)]


def _drawn(scene: Scene, rng: np.random.Generator, tier: Tier, number: int, archetype: str) -> list[Pool]:
    if tier.stubborn:
        recipe = {**PLAIN, **{k: v for name in archetype.split("+") for k, v in SWITCHES[name].items()}, **tier.overrides}
        recipe["accounts"] = _BRUTAL_SIZES[number % len(_BRUTAL_SIZES)]
    else:
        recipe = {**RECIPES[archetype], **({} if archetype == "clockwork" else tier.overrides)}
        if RECIPES[archetype].get("injected"):
            recipe["template"] = RECIPES[archetype]["template"]  # its one sentence is the link
    if tier.fade:
        recipe["mixing"] = tier.fade
    return [_sized(scene, tier, pool) for pool in draw(rng, archetype, recipe, f"campaign-{number:02d}")]


def _sized(scene: Scene, tier: Tier, pool: Pool) -> Pool:
    factor = 1.0 if pool.accounts <= 40 else tier.size * scene.pools
    return replace(pool, accounts=max(_LEAST_ACCOUNTS, round(pool.accounts * factor)))


def _affordable(scene: Scene, pool: Pool, budget: float) -> Pool:
    """The same pool with volumes cut, where need be, so that it sends no more than `budget`."""
    wanted = sum(aim.per_day * aim.length * scene.days * pool.accounts for aim in pool.aims)
    cut = min(1.0, budget / wanted)
    return replace(pool, aims=tuple(replace(aim, per_day=round(aim.per_day * cut, 3)) for aim in pool.aims))
