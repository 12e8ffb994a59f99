"""What docs/alerts.md shows a receiver, run as it stands there against what we send."""

import re
from pathlib import Path
from typing import Any

from app.alerts.settings import Webhook
from app.alerts.webhook import post
from tests.app.alerts.servers import http_server

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "alerts.md").read_text("utf-8")
SECRET = b"a shared secret of some length"


def test_the_receiver_of_the_document_takes_ours_once_and_nobody_elses() -> None:
    shown = re.search(r"<!-- receiver.*?-->\n```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert shown
    names: dict[str, Any] = {}
    exec(shown[1], names)
    with http_server() as (port, got):
        post(Webhook(False, "127.0.0.1", port, "/", SECRET, ("127.0.0.1",)), "alert-1", b'{"a": 1}', 1_790_000_000)
    ((_, lower, body),) = got.requests
    headers = {name.title(): value for name, value in lower.items()}
    seen: set[str] = set()

    def judged(body: bytes, now: int = 1_790_000_100, secret: bytes = SECRET, **others: str) -> bool:
        return bool(names["accepted"]({**headers, **others}, body, secret, seen, now=lambda: now))

    assert not judged(body + b" ")
    assert not judged(body, secret=b"another secret of some length")
    assert not judged(body, now=1_790_001_000)
    assert not judged(body, **{"Clew-Timestamp": "1790000050"})
    assert judged(body)
    assert not judged(body), "a repetition"
