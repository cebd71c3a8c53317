"""Look for what no test thought of: schemathesis sends a server what /openapi.json allows, and what it does not.

    make fuzz                # five minutes, on a database of its own
    make fuzz SECONDS=60

Everybody has a turn: each role with a token of its own, and nobody without one. Addresses lead to things that are there as
often as not. The exit code is 0 when no answer broke the description.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

from authorization import CALLS, World, named
from conftest import own_mongod
from web_client import CHEAP

from clickstream.clock import Clock, system_clock
from clickstream.ingest import Collector
from clickstream.passwords import Passwords
from clickstream.rollup import catch_up
from clickstream.rollup.process import RollupProcess
from clickstream.scope import LIVE, Scope
from clickstream.settings import read_settings
from clickstream.store import open_store
from clickstream.tokens import digest_of
from clickstream.web.app import ROUTES, App
from clickstream.web.limits import Limits, Throttle
from clickstream.web.request import split_target
from clickstream.web.routing import Route, Router
from clickstream.web.server import Server
from server import wire

NOWHERE = "http://127.0.0.1:1"  # instead of the world outside
THINGS_EACH = 4
SHARES = {"owner": 0.6, "analyst": 0.1, "viewer": 0.1, "shopper": 0.1, "nobody": 0.1}

LEFT_OUT = {
    "/api/analyses/{id}/events": "a stream of events is never over",
    "/api/events/live": "a stream of events is never over",
    "/api/jobs/{id}/events": "a stream of events is never over",
    "/{path}": "files, whatever the path",
    "/vega.js": "a file",
    "/tracker.js": "a file",
    "/shop": "a file",
    "/shop/{page}": "a file",
    "/shop/{page}/{id}": "a file",
}
CHECKS_LEFT_OUT = {
    "positive_data_acceptance": "a schema cannot say that a password is easy to guess, or that a dataset is there",
}
REFUSALS = (400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 429)
ENDS_A_LOGIN = ("POST /api/logout", "POST /api/me/logout-everywhere", "PUT /api/me/password")  # so it is somebody else's
IN_PARTS = ("POST /api/events", "PUT /api/products")  # store what is right, and name what is not
OUTSIDE = ("GET /api/openrouter/models", "POST /api/openrouter/check")  # ask a provider, and there is none


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, World]]:
    """The address of a server, and the installation behind it."""
    settings = read_settings({"DATA_DIR": str(folder / "data"), "MONGO_CACHE_GB": "0.25", "PORT": "0"})
    with own_mongod(settings.data_dir), open_store(settings) as store, Server("127.0.0.1", 0) as server:
        Collector(store, system_clock).collect([{"event_type": "pageview", "user_id": "somebody", "page": "/"}])
        catch_up(store, settings, system_clock)
        (seen,) = store.sessions.page(LIVE, 1, Scope(as_of=system_clock()).match(), limit=2, after=None)
        deps = replace(wire(settings, store), passwords=Passwords(CHEAP), limits=Unlimited(system_clock))
        with deps.analyses, deps.jobs, RollupProcess(settings):
            thread = Thread(target=server.serve, args=(App(deps),))
            thread.start()
            try:
                yield server.url, World(deps, seen.session.session_id)
            finally:
                server.shutdown()
                thread.join()


class Unlimited(Limits):
    """Tries without end: all of them come from one address."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        for name in vars(self):
            setattr(self, name, Throttle(10**9, 1, clock))


def things(world: World) -> dict[str, dict[str, list[str]]]:
    """For each route with parameters, by their names: some that lead to things."""
    router, found = Router(ROUTES), defaultdict[str, dict[str, list[str]]](lambda: defaultdict(list))
    for route in ROUTES:
        if route.parameters and _shown_path(route) not in LEFT_OUT:
            for _ in range(THINGS_EACH):
                target, _ = world.prepared(CALLS[named(route)], "the-owner")
                for name, value in router.find(route.method, split_target(target)[0])[1].items():
                    found[named(route)][name].append(value)
    return found


def _shown_path(route: Route) -> str:
    return route.path.replace("*}", "}")


def configuration(world: World, actor: str, token: str) -> str:
    """What schemathesis is told, as TOML; a JSON text is one of TOML's."""
    tables = [f"[checks.{check}]\nenabled = false # {reason}" for check, reason in CHECKS_LEFT_OUT.items()]
    tables.append(f"[checks.negative_data_rejection]\nexpected-statuses = {json.dumps(REFUSALS)}")
    tables.append(f"[dictionaries.dataset]\nvalues = {json.dumps(['live', world.dataset('the-owner')])}")
    tables.append('[parameters]\n"query.dataset" = { dictionary = "dataset", probability = 0.7 }')
    for number, (name, parameters) in enumerate(things(world).items()):
        bound = [f'"path.{one}" = {{ dictionary = "{one}{number}", probability = 0.6 }}' for one in parameters]
        tables += [f"[dictionaries.{one}{number}]\nvalues = {json.dumps(values)}" for one, values in parameters.items()]
        tables.append(_operation(name, f"parameters = {{ {', '.join(bound)} }}"))
    tables += [_operation(name, "checks.negative_data_rejection.enabled = false") for name in IN_PARTS]
    outside = 'checks.not_a_server_error.expected-statuses = ["2xx", "4xx", 502, 504]'
    tables += [_operation(name, outside) for name in OUTSIDE]
    if token:
        spent = f'headers.Authorization = "Bearer {world.deps.identities.issue(world.member(actor))}"'
        tables += [f'[auth.openapi.token]\nbearer = "{token}"', *(_operation(name, spent) for name in ENDS_A_LOGIN)]
    return "\n\n".join(tables)


def _operation(name: str, told: str) -> str:
    return f'[[operations]]\ninclude-name = "{name}"\n{told}'


def attacked(address: str, folder: Path, config: str, seconds: int) -> bool:
    """Whether schemathesis found nothing."""
    (folder / "schemathesis.toml").write_text(config, encoding="utf-8")
    paths = [part for path in LEFT_OUT for part in ("--exclude-path", path)]
    given = ["--max-time", str(seconds), "--continue-on-failure", "--request-timeout", "60", "--warnings", "off"]
    given += ["--suppress-health-check", "all", "--generation-database", "none"]
    st = Path(sys.executable).parent / "st"
    return subprocess.run([st, "run", f"{address}/openapi.json", *given, *paths], cwd=folder, check=False).returncode == 0


def turn(world: World, actor: str, address: str, folder: Path, seconds: int) -> bool:
    """Whether schemathesis found nothing as this actor."""
    print(f"\n{actor}, {seconds} s", flush=True)
    token = world.headers(actor).get("authorization", "").removeprefix("Bearer ")
    clean = attacked(address, folder, configuration(world, actor, token), seconds)
    if token and world.deps.store.tokens.find(digest_of(token), system_clock()) is None:
        print(f"The {actor}'s log-in ended meanwhile, so that what came after it was only refused.")
        return False
    return clean


def main(seconds: int) -> int:
    os.environ |= {"HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "localhost"}
    with tempfile.TemporaryDirectory(prefix="clickstream-fuzz-") as name:
        folder = Path(name)
        logging.basicConfig(filename=folder / "log", level=logging.ERROR)
        with served(folder) as (address, world):
            clean = [turn(world, actor, address, folder, round(seconds * share)) for actor, share in SHARES.items()]
        print((folder / "log").read_text(encoding="utf-8"))
    return 0 if all(clean) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
