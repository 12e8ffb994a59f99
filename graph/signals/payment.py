"""Payment: who pays with what."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel


def cards(night: Night) -> pl.LazyFrame:
    """Accounts paid with the same card, by the processor's fingerprint."""
    return touches(night.payments, "card", pl.col("card_fingerprint"), "paid_at")


def billing(night: Night) -> pl.LazyFrame:
    """Accounts gave the same billing name and address, compared without case, punctuation and spacing."""
    plain = [
        pl.col(name).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
        for name in ("billing_name", "billing_address")
    ]
    return touches(night.payments, "billing", pl.concat_str(plain, separator=", ", ignore_nulls=False), "paid_at")


SIGNALS = (
    Signal(Channel.PAYMENT, "card", "{members} of {accounts} accounts paid with one card", ("payments", ("card_fingerprint",)), cards),
    Signal(
        Channel.PAYMENT,
        "billing",
        "{members} of {accounts} accounts gave one billing identity",
        ("payments", ("billing_name", "billing_address")),
        billing,
    ),
)
