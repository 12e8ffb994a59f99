"""The words everything else is built from: tables, columns, channels, kinds of entity.

An *account* is who acts. An *entity* is a thing that two accounts can share (a card, an address, a sentence, a busy second).
An *incidence* says that an account touched an entity; a *channel* is the family of evidence an entity belongs to.
"""

from enum import StrEnum

import polars as pl

TIME = pl.Datetime("us", "UTC")
SMALLEST = 6  # units (accounts, a declared organisation once) in the smallest campaign on record


class Channel(StrEnum):
    """A family of evidence; what one channel says is counted apart from the others."""

    PAYMENT = "payment"
    IP = "ip"
    METADATA = "metadata"
    REGISTRATION = "registration"
    PROMPT = "prompt"
    TIMING = "timing"
    OBJECT = "object"


CHANNELS: tuple[Channel, ...] = tuple(Channel)

CHANNEL_WORDS: dict[Channel, str] = {
    Channel.PAYMENT: "Payment",
    Channel.IP: "IP",
    Channel.METADATA: "Request metadata",
    Channel.REGISTRATION: "Registration",
    Channel.PROMPT: "Prompt",
    Channel.TIMING: "Timing",
    Channel.OBJECT: "Shared object",
}

# The tables as stored. Columns that the input lacks are stored as null, so that every reader sees one shape.
# Required columns come first; `REQUIRED` names how many.
TABLES: dict[str, dict[str, pl.DataType]] = {
    "accounts": {
        "account_id": pl.String(),
        "created_at": TIME,
        "email": pl.String(),
        "phone": pl.String(),
        "org_id": pl.String(),
        "signup_ip": pl.String(),
        "signup_program": pl.String(),
        "country": pl.String(),
        "status": pl.String(),
        "status_at": TIME,
        "email_domain": pl.String(),  # derived at ingest, so that the address itself may be keyed
        "email_pattern": pl.String(),  # local part with letters → a, digits → 9, runs kept: anna.kim77 → a.a99
        "signup_net": pl.String(),  # /24 or /48 of signup_ip
    },
    "payments": {
        "account_id": pl.String(),
        "card_fingerprint": pl.String(),
        "paid_at": TIME,
        "card_bin": pl.String(),
        "issuer": pl.String(),
        "billing_name": pl.String(),
        "billing_address": pl.String(),
        "billing_country": pl.String(),
        "amount": pl.Float64(),
        "currency": pl.String(),
    },
    "exchanges": {
        "account_id": pl.String(),
        "occurred_at": TIME,
        "exchange_id": pl.String(),
        "ip": pl.String(),
        "ip_net": pl.String(),  # derived: /24 or /48 of ip
        "user_agent": pl.String(),
        "client_version": pl.String(),
        "session_id": pl.String(),
        "model": pl.String(),
        "surface": pl.String(),
        "status": pl.String(),
        "input_tokens": pl.Int64(),
        "output_tokens": pl.Int64(),
        "prompt_id": pl.Int64(),  # 64-bit signature of the whole prompt text; null where there was none
    },
    "enforcement": {"account_id": pl.String(), "action": pl.String(), "acted_at": TIME},
    "labels": {"account_id": pl.String(), "verdict": pl.String(), "decided_at": TIME, "decided_by": pl.String()},
    # What an exchange acted on (a URL, a repository, a transfer's partner), named by the mapping file.
    "objects": {
        "account_id": pl.String(),
        "occurred_at": TIME,
        "exchange_id": pl.String(),
        "kind": pl.String(),
        "object_id": pl.String(),
    },
    # Signatures of prompt parts, one row per account, fragment and ingested part; sum `n` over parts.
    "fragments": {
        "account_id": pl.String(),
        "fragment_id": pl.Int64(),  # 64-bit signature of the normalised sentence
        "prompt_id": pl.Int64(),  # one prompt that holds it, where its text can be looked up
        "n": pl.Int64(),
        "first_at": TIME,
        "last_at": TIME,
    },
    # Raw prompt texts: a store of their own, with their own retention. Distinct by prompt_id within a part.
    "prompts": {"prompt_id": pl.Int64(), "text": pl.String()},
}

# Internal key of a stored row, in every table: what makes the same row arrive only once.
ROW_ID = "row_id"

REQUIRED: dict[str, tuple[str, ...]] = {
    "accounts": ("account_id",),
    "payments": ("account_id", "card_fingerprint"),
    "exchanges": ("account_id", "occurred_at"),
    "enforcement": ("account_id", "action", "acted_at"),
    "labels": ("account_id", "verdict"),
}

# Tables cut by UTC day, and the column that says which; the rest are stored whole.
DAY_COLUMN: dict[str, str] = {
    "exchanges": "occurred_at",
    "objects": "occurred_at",
    "fragments": "first_at",
    "prompts": "day",
}

INPUT_TABLES: tuple[str, ...] = tuple(REQUIRED)

# Opens every sentence about what a person decided or judged: it quotes names and free text.
BY_A_PERSON = "By a person: "
