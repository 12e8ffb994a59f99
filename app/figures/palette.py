"""The colours of both themes. Hue belongs to channels alone; the style sheet holds the same values (a test compares them)."""

from typing import Literal

from graph.vocabulary import Channel

Theme = Literal["dark", "light"]

CHANNEL_COLOURS: dict[Theme, dict[Channel, str]] = {
    "dark": {
        Channel.PAYMENT: "#F0A93B",
        Channel.IP: "#5BB8F5",
        Channel.METADATA: "#A99CF5",
        Channel.REGISTRATION: "#B4CC52",
        Channel.PROMPT: "#D98BC0",
        Channel.TIMING: "#3CC7A0",
        Channel.OBJECT: "#E0705A",
    },
    "light": {
        Channel.PAYMENT: "#8F5600",
        Channel.IP: "#1273B8",
        Channel.METADATA: "#5B4BC4",
        Channel.REGISTRATION: "#566600",
        Channel.PROMPT: "#A8407F",
        Channel.TIMING: "#00795C",
        Channel.OBJECT: "#C0392B",
    },
}

SURFACES: dict[Theme, dict[str, str]] = {
    "dark": {
        "page": "#0A101B",
        "card": "#0F1623",
        "line": "#1E2A3D",
        "text": "#E6EDF7",
        "muted": "#8C9BB3",
        "account": "#8FA3C4",
        "alert": "#FF8A7A",
    },
    "light": {
        "page": "#F4F6FA",
        "card": "#FFFFFF",
        "line": "#E1E7F0",
        "text": "#14202F",
        "muted": "#56657C",
        "account": "#5A6B85",
        "alert": "#B3261E",
    },
}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two #RRGGBB colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def blend(over: str, under: str, share: float) -> str:
    """`share` (0 to 1) of one #RRGGBB colour over another."""
    parts = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (over, under)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in zip(*parts, strict=True))
