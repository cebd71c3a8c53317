"""A journey log as large as wanted, and what memory the whole program takes while it is uploaded."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from benchmarks.server import Running

LOOK_SECONDS = 0.1
ASK_SECONDS = 1.0
_DATABASE = "mongod"
_START = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS = ("lamp", "chair", "desk", "rug", "sofa", "shelf", "mirror", "clock")
_DEVICES = ("mobile", "desktop", "tablet")
_COUNTRIES = ("DE", "FR", "GB", "PL", "ES", "IT")
_REFERRERS = ("direct", "google_ads", "google_organic", "email", "https://news.example/page")


def write_log(path: Path, *, megabytes: int) -> tuple[int, int]:
    """A JSON list of so many megabytes; gives its sessions and events."""
    rng = Random(11)
    written = events = 0
    with path.open("wb") as file:
        file.write(b"[")
        while file.tell() < megabytes << 20:
            journey = _session(written, rng)
            events += len(journey["activities"])
            file.write((b",\n" if written else b"") + msgspec.json.encode(journey))
            written += 1
        file.write(b"]")
    return written, events


def _session(number: int, rng: Random) -> dict[str, Any]:
    moment = _START + timedelta(seconds=number * 7_776_000 // 200_000 + rng.randrange(3_600))
    activities, value = [], 0.0
    for n in range(1 + min(30, int(rng.expovariate(1 / 6.5)))):
        name, details = _step(rng, value)
        value = details.get("cart_value", value)
        activities.append({
            "activity_id": f"a-{n}", "timestamp": moment.isoformat(), "activity_type": name,
            "duration_ms": rng.randrange(90_000), "details": details,
        })  # fmt: skip
        moment += timedelta(seconds=1 + rng.random() * 90)
    return {
        "session_id": f"s-{number:012x}",
        "user_id": f"u-{rng.randrange(1 + number * 3 // 5):010x}",
        "device_type": rng.choice(_DEVICES),
        "activities": activities,
        "conversion": activities[-1]["activity_type"] == "purchase",
        "total_value": value,
        "user_attributes": {"country": rng.choice(_COUNTRIES), "referrer": rng.choice(_REFERRERS)},
    }


def _step(rng: Random, value: float) -> tuple[str, dict[str, Any]]:
    product, chance = f"p-{rng.randrange(2_000)}", rng.random()
    price = round(5 + rng.random() * 200, 2)
    if chance < 0.35:
        shown = {"name": f"{rng.choice(_WORDS).title()} {product}", "category": "home/furniture", "price": price}
        return "product_view", {"product_id": product, "product_details": shown}
    if chance < 0.6:
        return "page_view", {"page_path": f"/category/{rng.choice(_WORDS)}"}
    if chance < 0.75:
        return "search", {"search_query": rng.choice(_WORDS), "results_count": rng.randrange(40)}
    if chance < 0.93 or not value:
        return "add_to_cart", {"product_id": product, "quantity": 1, "cart_value": round(value + price, 2)}
    return "purchase", {"order_id": f"o-{rng.randrange(1 << 40):x}", "total_amount": value, "items": 1}


def upload(server: Running, path: Path) -> dict[str, Any]:
    """Send the file as it is and wait until it is loaded; the file's report."""
    headers = {"Content-Type": "application/json", "Content-Length": str(path.stat().st_size)}
    with path.open("rb") as file:
        sent = _asked(server, "POST", "/api/datasets?name=bench.json", file, headers)
    while (job := _asked(server, "GET", f"/api/jobs/{sent['job_id']}"))["status"] == "running":
        time.sleep(ASK_SECONDS)
    assert job["status"] == "done", job
    report: dict[str, Any] = _asked(server, "GET", f"/api/datasets/{sent['dataset_id']}")["files"][0]["report"]
    return report


def build_chart_library(server: Running) -> None:
    """Wait until the server has it, which it makes at its first start."""
    assert b"vega" in _read(server, "GET", "/vega.js")


def _asked(server: Running, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    return json.loads(_read(server, method, target, body, headers))


def _read(server: Running, method: str, target: str, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request(method, target, body, {"Authorization": f"Bearer {server.token}", **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status < 300, content
    return content


class Peak:
    """The most memory that a process and its children held at once, the database apart; in megabytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.megabytes = 0.0

    def look(self) -> None:
        held = sum(_resident(pid) for pid in family(self._pid)) / (1 << 20)
        self.megabytes = max(self.megabytes, held)


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    peak, stop = Peak(pid), threading.Event()

    def watch() -> None:
        while not stop.wait(LOOK_SECONDS):
            peak.look()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def family(pid: int) -> list[int]:
    """A process and everything it started that is not the database; Linux only."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (found := _name_and_parent(folder)) and found[0] != _DATABASE:
            parents.setdefault(found[1], []).append(int(folder.name))
    found_pids = [pid]
    for known in found_pids:
        found_pids.extend(parents.get(known, []))
    return found_pids


def _name_and_parent(folder: Path) -> tuple[str, int] | None:
    try:
        name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return name, int(rest.split()[1])


def _resident(pid: int) -> int:
    """Bytes; 0 of a process that has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * 4096
