"""All signals on one screen: channel, kind of entity, what it needs, what it says."""

from graph.night import Night
from graph.signals import coaction, ip, metadata, objects, payment, prompt, quota, registration, relay, rotation, synchrony, upgrades
from graph.signals.base import Signal
from graph.vocabulary import CHANNELS, Channel

SIGNALS: tuple[Signal, ...] = (
    *payment.SIGNALS,
    *ip.SIGNALS,
    *metadata.SIGNALS,
    *registration.SIGNALS,
    *prompt.SIGNALS,
    *synchrony.SIGNALS,
    *relay.SIGNALS,
    *rotation.SIGNALS,
    *quota.SIGNALS,
    *upgrades.SIGNALS,
    *coaction.SIGNALS,
    *objects.SIGNALS,
)

BY_KIND: dict[str, Signal] = {signal.kind: signal for signal in SIGNALS}


def available(night: Night) -> tuple[Signal, ...]:
    """The signals whose columns hold values."""
    return tuple(signal for signal in SIGNALS if night.has(signal.needs[0], *signal.needs[1]))


def availability(night: Night) -> dict[Channel, str]:
    """Per channel: empty where it can speak, else the reason why it is not available."""
    able = {signal.channel for signal in available(night)}
    lacking = {channel: [f"{s.needs[0]}.{c}" for s in SIGNALS if s.channel == channel for c in s.needs[1]] for channel in CHANNELS}
    return {channel: "" if channel in able else f"not available: no values in {', '.join(lacking[channel])}" for channel in CHANNELS}
