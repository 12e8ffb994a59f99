"""Campaigns that share one thing alone, for worlds that ask of a detector: does it see *this*? (`--only`, and the tier `brutal`)

`PLAIN` is a campaign that nobody could tell from people by what it shares: own cards, a household each, people's hours and
volumes, people's questions. Each line of `SWITCHES` turns one thing on. `nothing` is the control: whoever finds it is guessing, unless
volume alone is evidence.
"""

from typing import Any

from ingest.simulate import timing

PLAIN: dict[str, Any] = {
    "accounts": (100, 400),
    "mixing": (0.3, 0.5),
    "cards": ("unique",),
    "billing": ("own",),
    "phones": ("ordinary",),
    "addresses": ("proxy",),
    "dispatcher": ("human",),
    "cooldown_hours": (0,),
    "in_step": (0.5, 1.0),
    "client": ("mixed",),
    "lock_step": (False,),
    "sessions": ("random",),
    "failover": (0.0, 0.0),
    "retry": ("reworded",),
    "quota_hours": (0,),
    "mail": ("ordinary",),
    "signup": ("aged",),
    "program": ("",),
    "bans": ("none",),
    "rebuilt": (False,),
    "focus": ("ask",),
    "template": ("none",),
    "preamble": (False,),
    "languages": (0,),
    "per_day": (10, 40),
    "rhythm": (timing.FLAT,),
    "turns": (1.5, 3.0),
    "pivot": (False,),
}
_MARKED = ("reasoning", "rubric", "coding", "agentic")  # aims with a wording of their own
# a pool that is banned as a whole; its papers link the accounts, and the template goes on at the next
_REPLACED = {
    "bans": ("all",),
    "length": (0.6, 0.8),
    "template": ("slots",),
    "focus": _MARKED,
    "cards": ("bin",),
    "billing": ("pattern",),
    "mail": ("domain",),
}

SWITCHES: dict[str, dict[str, Any]] = {
    "nothing": {},
    # time
    "timing": {"dispatcher": ("workgroups",), "turns": (1.0, 1.0)},
    "timing_loose": {"dispatcher": ("workgroups",), "turns": (1.0, 1.0), "in_step": (0.15, 0.35)},
    "least_loaded": {"dispatcher": ("least_loaded",)},
    "sticky": {"dispatcher": ("sticky",)},
    "fill_first": {"dispatcher": ("fill_first",), "cooldown_hours": (5,)},
    "quota_two": {"dispatcher": ("random",), "quota_hours": (5,), "quota_phases": (2,)},
    "quota_three": {"dispatcher": ("random",), "quota_hours": (5, 8), "quota_phases": (3,)},
    "failover_session": {"failover": (0.03, 0.06), "retry": ("reworded",), "sessions": ("content",), "dispatcher": ("sticky",)},
    "failover_prompt": {"failover": (0.03, 0.06), "retry": ("same",), "dispatcher": ("sticky",)},
    "failover_bare": {"failover": (0.03, 0.06), "retry": ("reworded",), "dispatcher": ("sticky",)},
    # software
    "header": {"client": ("odd",)},
    "lock_step": {"lock_step": (True,)},
    "content_ids": {"sessions": ("content",), "template": ("exact",), "focus": ("coding",)},
    # money and papers
    "card": {"cards": ("shared",)},
    "bin": {"cards": ("bin",)},
    "bin_billing": {"cards": ("bin",), "billing": ("pattern",)},
    "billing_fuzzy": {"billing": ("fuzzy",)},
    "phone_range": {"phones": ("range",)},
    "disposable": {"mail": ("disposable",)},
    "mail_pattern": {"mail": ("pattern",)},
    "burst": {"signup": ("burst",)},
    "program": {"signup": ("drip",), "program": ("education", "research", "startup")},
    # addresses
    "exits": {"addresses": ("exits",)},
    "vpn": {"addresses": ("vpn",)},
    "datacentre": {"addresses": ("datacentre",)},
    "residential": {"addresses": ("residential",)},
    "v6": {"addresses": ("v6",)},
    # words
    "exact": {"template": ("exact",), "focus": _MARKED},
    "preamble": {"template": ("slots",), "focus": _MARKED, "preamble": (True,)},
    "slots": {"template": ("slots",), "focus": _MARKED},
    "public": {"template": ("public",), "focus": _MARKED},
    "paraphrase": {"template": ("paraphrase",), "focus": _MARKED},
    "translation": {"template": ("paraphrase",), "focus": _MARKED, "languages": (6,)},
    "injected": {"injected": (True,)},
    # enforcement and releases
    "succession_one": {"bans": ("some",), "length": (0.6, 0.8)},
    "succession_batches": {"bans": ("batches",), "length": (0.6, 0.8)},
    "succession_all": {**_REPLACED, "rebuilt": (False,)},
    "succession_rebuilt": {**_REPLACED, "rebuilt": (True,)},
    "pivot": {"pivot": (True,), "length": (0.6, 0.8), "start": (0.0, 0.2)},
    # who serves whom
    "low_and_slow": {"template": ("slots",), "focus": _MARKED, "per_day": (5, 7), "cards": ("bin",)},
    "two_aims": {"aims": (2,), "template": ("slots",), "focus": _MARKED, "cards": ("bin",), "mixing": (0.5, 0.9)},
    "two_pools": {"pools": (2,), "template": ("slots",), "focus": _MARKED, "mixing": (0.1, 0.5)},
}

# What a careful adversary cannot easily do without; a pool of the tier `brutal` keeps two of these.
STUBBORN = (
    "timing_loose", "least_loaded", "fill_first", "quota_three", "failover_bare", "lock_step", "bin_billing", "billing_fuzzy",
    "phone_range", "mail_pattern", "program", "v6", "paraphrase", "translation", "injected", "succession_batches", "pivot",
)  # fmt: skip
