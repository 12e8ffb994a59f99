"""What accounts ask for and how they took up new models: looked up once a night, for the profile and the extraction score."""

from dataclasses import dataclass

import polars as pl

from graph import asks, releases
from graph.asks import Asks
from graph.night import Night
from graph.rules import Capability


@dataclass(frozen=True)
class Conduct:
    """moves: releases.MOVES. `seed` draws the random groups that clusters are compared with."""

    asks: Asks
    moves: pl.DataFrame
    seed: int


def observe(night: Night, accounts: pl.DataFrame, capabilities: tuple[Capability, ...], seed: int) -> Conduct:
    """The conduct of `accounts` (account, account_id, unit) in `night`."""
    return Conduct(asks.look(night, accounts, capabilities), releases.look(night, accounts), seed)
