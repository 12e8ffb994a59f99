"""Identifiers under a key: HMAC-SHA-256 with the workspace's key, so that equal values stay equal and none can be guessed."""

import hmac
from collections.abc import Sequence

import polars as pl

# setting → family → the columns it covers in each table. One family gives equal pseudonyms for equal values.
_COVERED: dict[str, dict[str, tuple[str, ...]]] = {
    "card_fingerprint": {"card": ("card_fingerprint",)},
    "ip": {"ip": ("ip", "signup_ip"), "net": ("ip_net", "signup_net")},
    "email": {"email": ("email",)},
    "phone": {"phone": ("phone",)},
}
_HEX_DIGITS = 32  # 128 bits: no collision by chance, half the space


def pseudonym(key: bytes, family: str, value: str) -> str:
    """The pseudonym of one value: `k_` and 32 hex digits."""
    return "k_" + hmac.digest(key, f"{family}\0{value}".encode(), "sha256").hex()[:_HEX_DIGITS]


def key_columns(frame: pl.DataFrame, settings: Sequence[str], key: bytes) -> pl.DataFrame:
    """`frame` with the columns that `settings` (of privacy.pseudonymise) cover replaced by pseudonyms; null stays null."""
    for setting in settings:
        for family, columns in _COVERED[setting].items():
            for column in columns:
                if column in frame.columns:
                    frame = frame.with_columns(_keyed(frame[column], family, key))
    return frame


def _keyed(values: pl.Series, family: str, key: bytes) -> pl.Series:
    """Each distinct value once."""
    distinct = values.drop_nulls().unique()
    pseudonyms = pl.Series("pseudonym", [pseudonym(key, family, value) for value in distinct], dtype=pl.String)
    table = pl.DataFrame({"value": distinct, "pseudonym": pseudonyms})
    found = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")
    return found["pseudonym"].alias(values.name)
