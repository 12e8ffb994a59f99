"""Registration: how and when accounts were opened."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, joined, touches
from graph.vocabulary import Channel


def mail_shapes(night: Night) -> pl.LazyFrame:
    """Accounts registered with addresses of one make: the same domain and the same shape before the @."""
    return touches(night.accounts, "mail shape", joined("email_pattern", "email_domain"), "created_at")


def sign_up_hours(night: Night) -> pl.LazyFrame:
    """Accounts were opened through the same door (programme, or none) within the same hour."""
    hour = pl.col("created_at").dt.truncate("1h").dt.to_string("%Y-%m-%d %Hh UTC")
    door = pl.concat_str([pl.col("signup_program").fill_null("no programme"), hour], separator=" · ", ignore_nulls=False)
    return touches(night.accounts, "sign-up hour", door, "created_at")


SIGNALS = (
    Signal(
        Channel.REGISTRATION,
        "mail shape",
        "{members} of {accounts} accounts registered with mail addresses of one shape",
        ("accounts", ("email_pattern", "email_domain")),
        mail_shapes,
    ),
    Signal(
        Channel.REGISTRATION,
        "sign-up hour",
        "{members} of {accounts} accounts were opened in one hour, through one door",
        ("accounts", ("created_at",)),
        sign_up_hours,
    ),
)
