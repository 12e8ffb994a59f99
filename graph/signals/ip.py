"""IP: where accounts come from."""

import polars as pl

from graph.night import Night
from graph.signals.base import Signal, touches
from graph.vocabulary import Channel


def addresses(night: Night) -> pl.LazyFrame:
    """Accounts used the same IP address; an exit that many unrelated accounts use weighs next to nothing.

    All exits of listed VPNs are one: which of them somebody gets is the provider's choice.
    """
    if not night.has("lists", "vpn"):
        return touches(night.exchanges, "address", pl.col("ip"), "occurred_at")
    door = pl.when(pl.col("row").is_not_null()).then(pl.lit("an exit of a listed VPN")).otherwise("ip")
    marked = night.exchanges.join(night.listed(night.lists.vpn), on="ip", how="left")
    return touches(marked, "address", door, "occurred_at")


def networks(night: Night) -> pl.LazyFrame:
    """Accounts came from the same small network (/24, or /48 in IPv6); exits of listed VPNs are left out."""
    return touches(_beside_vpns(night), "network", pl.col("ip_net"), "occurred_at")


def sign_up_networks(night: Night) -> pl.LazyFrame:
    """Accounts were opened from the same small network."""
    return touches(night.accounts, "sign-up network", pl.col("signup_net"), "created_at")


def _beside_vpns(night: Night) -> pl.LazyFrame:
    return night.exchanges.join(night.listed(night.lists.vpn), on="ip", how="anti") if night.has("lists", "vpn") else night.exchanges


SIGNALS = (
    Signal(Channel.IP, "address", "{members} of {accounts} accounts used one address", ("exchanges", ("ip",)), addresses),
    Signal(Channel.IP, "network", "{members} of {accounts} accounts came from one small network", ("exchanges", ("ip_net",)), networks),
    Signal(
        Channel.IP,
        "sign-up network",
        "{members} of {accounts} accounts were opened from one small network",
        ("accounts", ("signup_net",)),
        sign_up_networks,
    ),
)
