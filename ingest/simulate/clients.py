"""Clients, their releases and who upgrades when."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.simulate.scene import DAY, HOUR, Floats, Ints

_FIRST_RELEASE = -75 * DAY


@dataclass(frozen=True)
class Client:
    """One way in. `{v}` in the agent is the release's version; upgrades lag by about `lag_days` (log-normal)."""

    name: str
    surface: str
    agent: str
    version: str  # `{r}` is the release number
    cadence_days: float
    lag_days: float
    share: float


_WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{b}.0.0.0 Safari/537.36"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{b} Safari/605.1.15"

CLIENTS: tuple[Client, ...] = (
    Client("web-chrome-windows", "web", _WIN, "web-2026.{r}", 4, 0.15, 0.27),
    Client("web-edge-windows", "web", f"{_WIN} Edg/{{b}}.0.0.0", "web-2026.{r}", 4, 0.15, 0.08),
    Client("web-safari-mac", "web", _MAC, "web-2026.{r}", 4, 0.15, 0.10),
    Client(
        "web-chrome-mac",
        "web",
        _WIN.replace("Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7"),
        "web-2026.{r}",
        4,
        0.15,
        0.09,
    ),
    Client("web-firefox", "web", "Mozilla/5.0 (X11; Linux x86_64; rv:{b}.0) Gecko/20100101 Firefox/{b}.0", "web-2026.{r}", 4, 0.15, 0.05),
    Client("ios", "mobile", "ChatApp/3.{r} (iPhone; iOS 19.{b}; Scale/3.00)", "ios-3.{r}.0", 6, 3.0, 0.16),
    Client("android", "mobile", "ChatApp/3.{r} (Android 16; Mobile)", "android-3.{r}.1", 6, 4.0, 0.13),
    Client("python-sdk", "api", "Python-SDK/1.{r}.0 CPython/3.12", "py-1.{r}.0", 7, 25.0, 0.06),
    Client("node-sdk", "api", "node-sdk/0.{r}.2 (node/22)", "node-0.{r}.2", 7, 20.0, 0.035),
    Client("harness-otter", "api", "otter-cli/0.{r}.0 (linux; x64)", "otter-0.{r}.0", 3, 0.4, 0.015),
    Client("harness-plover", "api", "plover/2.{r} vscode", "plover-2.{r}.0", 5, 1.0, 0.01),
    # One program with many users each, for look-alikes: an agent that upgrades itself, apps built on the API, an automation platform.
    Client("agent-heron", "api", "heron-agent/1.{r}.0 (auto-update)", "heron-1.{r}.0", 6, 0.02, 0.0),
    Client("app-tutor", "api", "PocketTutor/4.{r} okhttp/5.1", "tutor-4.{r}.0", 9, 2.0, 0.0),
    Client("app-novel", "api", "NovelMate/2.{r} CFNetwork/1568", "novel-2.{r}.0", 12, 3.0, 0.0),
    Client("app-sheet", "api", "SheetWizard/7.{r} (add-in)", "sheet-7.{r}.0", 10, 1.0, 0.0),
    Client("automation", "api", "flowline-connector/3.{r}", "flow-3.{r}.0", 14, 0.01, 0.0),
    # Combinations that no honest client sends, for campaigns; each pool takes one.
    *(
        Client(f"odd-{i}{letter}", surface, agent.replace("{i}", str(3 + 7 * i)), version, cadence, lag, 0.0)
        for i in range(5)
        for letter, surface, agent, version, cadence, lag in (
            ("a", "api", "Go-http-client/2.{i}", "web-2026.{r}", 4, 0.15),
            ("b", "api", "python-requests/2.{i}.3 Accept-Language/zz", "ios-3.{r}.0", 6, 3.0),
            ("c", "web", "Mozilla/5.0 (Windows NT 10.{i}; Linux aarch64) Chrome/{b}.0 Gecko/20100101", "web-2026.{r}", 4, 0.15),
            ("d", "api", "axios/1.{i}.9 node-sdk/0.{r}.2", "py-1.{r}.0", 7, 25.0),
            ("e", "mobile", "ChatApp/3.{r} (iPhone; Android 16.{i})", "android-3.{r}.1", 6, 4.0),
        )
    ),
)
INDEX = {client.name: row for row, client in enumerate(CLIENTS)}
ODD = tuple(row for row, client in enumerate(CLIENTS) if client.name.startswith("odd-"))
SHARES = np.array([client.share for client in CLIENTS]) / sum(client.share for client in CLIENTS)
WEB = tuple(row for row, client in enumerate(CLIENTS) if client.surface == "web" and client.share)
API = (INDEX["python-sdk"], INDEX["node-sdk"])


def choose(rng: np.random.Generator, count: int) -> NDArray[np.int16]:
    """A client for each of `count` people, by popularity."""
    return rng.choice(len(CLIENTS), count, p=SHARES).astype(np.int16)


def lags(rng: np.random.Generator, client: NDArray[np.int16]) -> Ints:
    """How long after a release each person has it, in microseconds."""
    typical = np.array([c.lag_days for c in CLIENTS])[client]
    return (typical * rng.lognormal(0, 1, len(client)) * DAY).astype(np.int64)


def release_at(client: NDArray[np.int16], at: Ints, lag: Ints) -> NDArray[np.int16]:
    """The release in use at `at` by someone who upgrades `lag` after each release."""
    cadence = np.array([c.cadence_days for c in CLIENTS])[client] * DAY
    return np.asarray(np.clip((at - lag - _FIRST_RELEASE) / cadence, 0, None) + 5, np.int16)


def lock_step(rng: np.random.Generator, count: int) -> Ints:
    """Lags of one hand's machines: all upgrade within minutes of one moment, hours after the release."""
    common = rng.uniform(2, 60) * HOUR
    lag: Floats = common + rng.uniform(0, 8, count) * HOUR / 60
    return lag.astype(np.int64)


def describe(client: int, release: int) -> tuple[str, str, str]:
    """(user_agent, client_version, surface) of a client's release."""
    entry = CLIENTS[client]
    agent = entry.agent.replace("{r}", str(release)).replace("{b}", str(130 + release // 7 if "Mozilla" in entry.agent else release // 7))
    return agent, entry.version.replace("{r}", str(release)), entry.surface
