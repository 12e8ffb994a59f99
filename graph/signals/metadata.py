"""Request metadata: what the client says of itself, and what its software cannot help repeating."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, joined, touches
from graph.vocabulary import Channel


def clients(night: Night) -> pl.LazyFrame:
    """Accounts sent the same rare combination of user agent and client version."""
    return touches(night.exchanges, "client", joined("user_agent", "client_version"), "occurred_at")


def sessions(night: Night) -> pl.LazyFrame:
    """The same session id was sent by different accounts, as when ids are computed from the content."""
    return touches(night.exchanges, "session", pl.col("session_id"), "occurred_at")


SIGNALS = (
    Signal(
        Channel.METADATA,
        "client",
        "{members} of {accounts} accounts sent one client fingerprint",
        ("exchanges", ("user_agent", "client_version")),
        clients,
        software=True,
    ),
    Signal(
        Channel.METADATA,
        "session",
        "{members} of {accounts} accounts sent one session id",
        ("exchanges", ("session_id",)),
        sessions,
        software=True,  # an id computed from the content comes with the content
    ),
)
