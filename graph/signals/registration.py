"""Registration: how and when accounts were opened."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, joined, touches
from graph.vocabulary import Channel

THROWAWAY = "a listed throwaway domain"
_BLOCK_DIGITS = 3  # numbers are sold in blocks of a thousand


def throwaway_domains(night: Night) -> pl.LazyFrame:
    """Accounts registered with throwaway mail addresses, of whichever domains on the list of the workspace."""
    listed = night.accounts.join(night.lists.disposable.lazy(), left_on="email_domain", right_on="domain", how="semi")
    return touches(listed, "throwaway domain", pl.lit(THROWAWAY), "created_at")


def mail_shapes(night: Night) -> pl.LazyFrame:
    """Accounts registered with addresses of one make: the same domain and the same shape before the @."""
    return touches(night.accounts, "mail shape", joined("email_pattern", "email_domain"), "created_at")


def phone_blocks(night: Night) -> pl.LazyFrame:
    """Accounts registered with telephone numbers of one block: alike but for the last three digits, as if bought together."""
    return touches(night.accounts, "phone block", phone_block(), "created_at")


def phone_block() -> pl.Expr:
    """Of column phone: the number without its last digits; null where it is none."""
    digits = pl.col("phone").str.replace_all(r"[^\p{N}+]+", "").str.replace("^00", "+")
    return pl.when(digits.str.contains(rf"^\+?\p{{N}}{{{_BLOCK_DIGITS + 4},15}}$")).then(digits.str.head(-_BLOCK_DIGITS) + "…")


def sign_up_hours(night: Night) -> pl.LazyFrame:
    """Accounts were opened through the same door (programme, or none) within the same hour."""
    hour = pl.col("created_at").dt.truncate("1h").dt.to_string("%Y-%m-%d %Hh UTC")
    door = pl.concat_str([pl.col("signup_program").fill_null("no programme"), hour], separator=" · ", ignore_nulls=False)
    return touches(night.accounts, "sign-up hour", door, "created_at")


SIGNALS = (
    Signal(
        Channel.REGISTRATION,
        "throwaway domain",
        "{members} of {accounts} accounts registered with throwaway mail addresses",
        ("lists", ("disposable",)),
        throwaway_domains,
        seeds=False,
    ),
    Signal(
        Channel.REGISTRATION,
        "mail shape",
        "{members} of {accounts} accounts registered with mail addresses of one shape",
        ("accounts", ("email_pattern", "email_domain")),
        mail_shapes,
    ),
    Signal(
        Channel.REGISTRATION,
        "phone block",
        "{members} of {accounts} accounts registered with telephone numbers of one block",
        ("accounts", ("phone",)),
        phone_blocks,
    ),
    Signal(
        Channel.REGISTRATION,
        "sign-up hour",
        "{members} of {accounts} accounts were opened in one hour, through one door",
        ("accounts", ("created_at",)),
        sign_up_hours,
    ),
)
