"""What can be planted: a pool (the infrastructure) that serves aims (what somebody wants out of the model) and customers.

`RECIPES` is the table of archetypes: for every trait a range or the options it is drawn from. `switches.py` has the same for campaigns
that share one thing alone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.simulate import timing


@dataclass(frozen=True)
class Aim:
    """One campaign: what is asked, how it is worded, when."""

    campaign: str  # its name; an aim served by two pools has one name
    words: int  # seed of its wording
    focus: str  # root of the grammar: reasoning, rubric, coding, agentic, analyst, or ask (nothing special)
    template: str  # exact | slots | public (slots of a template that ordinary people use too) | paraphrase | none
    preamble: bool  # a page of fixed instructions before each request (templates exact and slots)
    languages: int  # into how many languages beside English the wording is translated
    per_day: float  # requests an account and day, customers' included
    start: float  # share of the world's days
    length: float
    rhythm: int  # timing.RHYTHMS
    turns: float
    pivot: bool  # to the newest model within a day of its release
    injected: bool  # one fixed sentence in every request


@dataclass(frozen=True)
class Pool:
    """Accounts run by one hand, and the aims they serve."""

    archetype: str
    accounts: int
    aims: tuple[Aim, ...]
    mixing: float  # share of the traffic that is ordinary customers'
    cards: str  # shared | bin | unique | none
    billing: str  # own | one | fuzzy | pattern
    phones: str  # ordinary | range
    addresses: str  # exits | vpn | datacentre | v6 | proxy | residential
    dispatcher: str  # least_loaded | fill_first | random | sticky | workgroups | human
    cooldown_hours: int  # rest of an account that fill_first has filled; 0: until all others had their turn
    in_step: float  # share of a workgroup's jobs that fall into its second
    client: str  # odd | api | mixed
    lock_step: bool  # all upgrade within minutes
    sessions: str  # random | content (the same conversation has the same id at every account)
    failover: float  # share of requests answered 429, then sent again at another account within seconds
    retry: str  # same | reworded (the request that is sent again)
    quota_hours: int  # 0, or accounts are on and off in turns of so many hours
    quota_phases: int  # how many turns
    mail: str  # disposable | pattern | domain | ordinary
    signup: str  # burst | spread | drip (while the pool works) | aged
    program: str  # door of the sign-ups, or ""
    bans: str  # none | some (each replaced the same day) | batches | all (the pool is replaced by a successor)
    rebuilt: bool  # successors have other issuers, mail and proxies


DEFAULT: dict[str, Any] = {
    "accounts": (60, 250),
    "aims": (1,),
    "pools": (1,),
    "mixing": (0.0, 0.3),
    "cards": ("bin", "unique"),
    "billing": ("own", "own", "pattern", "fuzzy"),
    "phones": ("ordinary", "ordinary", "range"),
    "addresses": ("proxy", "residential", "datacentre", "v6"),
    "dispatcher": ("least_loaded", "random", "sticky", "fill_first"),
    "cooldown_hours": (0, 5),
    "in_step": (0.5, 1.0),
    "client": ("api", "mixed", "mixed"),
    "lock_step": (False, True),
    "sessions": ("random", "content"),
    "failover": (0.0, 0.02),
    "retry": ("same", "reworded"),
    "quota_hours": (0,),
    "quota_phases": (2, 3),
    "mail": ("ordinary", "pattern", "disposable", "domain"),
    "signup": ("spread", "burst", "drip", "aged"),
    "program": ("", "", "education", "research", "startup"),
    "bans": ("none", "some", "batches"),
    "rebuilt": (False, True),
    "focus": ("reasoning", "rubric", "coding", "agentic", "analyst"),
    "template": ("slots", "slots", "public", "paraphrase"),
    "preamble": (False, False, True),
    "languages": (0, 0, 0, 3),
    "per_day": (8, 60),
    "start": (0.0, 0.35),
    "length": (0.4, 0.65),
    "rhythm": (timing.FLAT, timing.OFFICE, timing.NIGHT),
    "turns": (1.5, 4.0),
    "pivot": (False, False, True),
    "injected": (False,),
}
_RANGES = ("accounts", "mixing", "in_step", "failover", "per_day", "start", "length", "turns")
_AIM = ("focus", "template", "preamble", "languages", "per_day", "start", "length", "rhythm", "turns", "pivot", "injected")

BIG = ("slot_mill", "slow_drip")
SMALL = ("grader", "small_ring")
ALWAYS = ("proxy_pool", "clockwork")

RECIPES: dict[str, dict[str, Any]] = {
    # bought by the dozen: few cards, few exits, the same words
    "card_farm": {"accounts": (80, 300), "cards": ("shared",), "addresses": ("exits", "vpn"), "template": ("exact", "slots")},
    # thousands of programme accounts behind one template with slots
    "slot_mill": {
        "accounts": (900, 1600),
        "cards": ("bin",),
        "billing": ("pattern", "fuzzy"),
        "addresses": ("proxy",),
        "template": ("slots",),
        "signup": ("burst",),
        "program": ("education", "startup"),
        "mail": ("disposable", "pattern"),
        "lock_step": (True,),
    },
    # a reseller: two campaigns and its ordinary customers through the same accounts
    "proxy_pool": {
        "accounts": (220, 450),
        "aims": (2,),
        "mixing": (0.5, 0.9),
        "addresses": ("residential", "proxy"),
        "dispatcher": ("least_loaded", "sticky"),
        "sessions": ("content",),
        "failover": (0.01, 0.03),
        "per_day": (20, 60),
    },
    # one campaign that rents two pools, which share nothing but its requests
    "two_roofs": {"accounts": (60, 220), "pools": (2,), "template": ("slots", "paraphrase"), "mixing": (0.1, 0.5)},
    # nothing in common but the second
    "clockwork": {
        "accounts": (60, 200),
        "cards": ("unique",),
        "billing": ("own",),
        "phones": ("ordinary",),
        "addresses": ("proxy",),
        "dispatcher": ("workgroups",),
        "client": ("mixed",),
        "lock_step": (False,),
        "sessions": ("random",),
        "failover": (0.0, 0.0),
        "mail": ("ordinary",),
        "signup": ("aged",),
        "program": ("",),
        "bans": ("none",),
        "focus": ("ask",),
        "template": ("none",),
        "languages": (0,),
        "turns": (1.0, 1.0),
        "per_day": (10, 30),
        "pivot": (False,),
    },
    # the same request in other words and languages
    "paraphraser": {
        "accounts": (100, 300),
        "cards": ("unique",),
        "addresses": ("residential",),
        "client": ("odd",),
        "lock_step": (True,),
        "focus": ("reasoning", "rubric", "agentic"),
        "template": ("paraphrase",),
        "languages": (0, 6),
    },
    # banned as a whole, back with other accounts at the same hours
    "hydra": {
        "accounts": (150, 350),
        "dispatcher": ("fill_first",),
        "bans": ("all",),
        "template": ("slots",),
        "length": (0.6, 0.8),
        "start": (0.0, 0.15),
        "signup": ("burst",),
        "rhythm": (timing.OFFICE, timing.NIGHT),
    },
    # one sentence rides in every request, whatever is asked
    "injector": {
        "cards": ("unique", "none"),
        "focus": ("ask", "coding"),
        "template": ("none",),
        "languages": (0,),
        "injected": (True,),
        "mixing": (0.2, 0.6),
    },
    # six requests an account and day: nothing to see in any one of them
    "slow_drip": {
        "accounts": (700, 1300),
        "addresses": ("datacentre", "residential", "v6"),
        "quota_hours": (5, 8),
        "per_day": (5, 9),
        "signup": ("drip", "spread"),
        "mail": ("pattern", "domain"),
        "turns": (1.0, 2.0),
    },
    "grader": {"accounts": (14, 40), "cards": ("shared", "bin"), "focus": ("rubric",), "per_day": (30, 120), "failover": (0.01, 0.04)},
    # follows the newest model the day it appears
    "pivoter": {
        "accounts": (40, 160),
        "focus": ("coding", "agentic"),
        "pivot": (True,),
        "client": ("odd", "api"),
        "length": (0.6, 0.8),
        "quota_hours": (0, 5),
    },
    # a dozen accounts that work all day, the conversation hopping between them
    "small_ring": {
        "accounts": (12, 22),
        "dispatcher": ("sticky", "fill_first"),
        "failover": (0.03, 0.06),
        "per_day": (120, 860),
        "sessions": ("content",),
        "cards": ("unique", "bin"),
        "length": (0.3, 0.5),
    },
}


def draw(rng: np.random.Generator, archetype: str, recipe: dict[str, Any], name: str = "campaign-01") -> list[Pool]:
    """The pool of `archetype` at full size (two of them where `recipe` says that one aim rents two); `name` names its campaigns.

    Traits that `recipe` does not list come from DEFAULT. Ranges are drawn evenly, above 1 log-evenly.
    """
    options = {**DEFAULT, **recipe}
    aims = _aims(rng, options, name)
    return [_pool(rng, archetype, options, aims) for _ in range(int(_pick(rng, "pools", options["pools"])))]


def _aims(rng: np.random.Generator, options: dict[str, Any], name: str) -> tuple[Aim, ...]:
    letters = ("a", "b") if options["aims"] == (2,) else ("",)
    return tuple(
        Aim(campaign=name + letter, words=int(rng.integers(1 << 40)), **{trait: _pick(rng, trait, options[trait]) for trait in _AIM})
        for letter in letters
    )


def _pool(rng: np.random.Generator, archetype: str, options: dict[str, Any], aims: tuple[Aim, ...]) -> Pool:
    traits = {name: _pick(rng, name, options[name]) for name in options if name not in (*_AIM, "aims", "pools")}
    return Pool(archetype=archetype, aims=aims, **{**traits, "accounts": int(traits["accounts"])})


def _pick(rng: np.random.Generator, name: str, options: tuple[Any, ...]) -> Any:
    if name not in _RANGES:
        return options[int(rng.integers(len(options)))]
    low, high = options
    if high <= 1:
        return round(float(rng.uniform(low, high)), 3)
    return round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 3)
