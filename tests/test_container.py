"""The container file and the compose file: linted, without root or secrets, with settings that exist."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from clickstream.settings import SETTINGS
from clickstream.web.app import ROUTES

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
IGNORED = [
    line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]
NAMES = {row.name for row in SETTINGS}
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")


def needed(program: str) -> str:
    found = shutil.which(program, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if not found and IN_CI:
        raise AssertionError(f"{program} is not installed")
    if not found:
        pytest.skip(f"{program} is not installed")
    return found


def test_the_linter_has_nothing_to_say() -> None:
    run = subprocess.run(
        [needed("hadolint"), "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.stdout, run.returncode) == ("", 0)


def composed(**environ: str) -> dict[str, Any]:
    """The compose file as docker-compose understands it."""
    docker_compose = needed("docker-compose")
    script = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    environment = {"PATH": os.environ["PATH"], **environ}
    config = subprocess.run(
        [docker_compose, "config"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert config.returncode == 0, config.stderr
    python = "/usr/bin/python3"  # docker-compose comes with its own yaml
    read = subprocess.run([python, "-c", script], input=config.stdout, capture_output=True, text=True, check=True)
    loaded: dict[str, Any] = json.loads(read.stdout)
    return loaded


def test_docker_compose_accepts_the_file_and_every_variable_is_a_setting() -> None:
    services = composed(SECRET_KEY="s3cret")["services"]
    assert set(services) == {"clickstream", "mongo"}
    server = services["clickstream"]
    assert set(server["environment"]) <= NAMES
    assert server["environment"]["SECRET_KEY"] == "s3cret"
    assert server["ports"] == ["127.0.0.1:8000:8000/tcp"]


def test_it_does_not_run_as_root() -> None:
    (user,) = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert int(user) >= 1000
    assert DOCKERFILE.index("USER") < DOCKERFILE.index("ENTRYPOINT")
    assert f"--uid {user}" in DOCKERFILE


def test_its_settings_exist_and_its_data_outlive_it() -> None:
    (line,) = re.findall(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)
    given = dict(pair.split("=") for pair in line.split())
    assert given.keys() - {"PYTHONUNBUFFERED"} <= NAMES
    assert f"VOLUME {given['DATA_DIR']}\n" in DOCKERFILE
    assert f"EXPOSE {given['PORT']}\n" in DOCKERFILE


def test_its_health_is_asked_at_an_address_that_there_is() -> None:
    (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\w+)", DOCKERFILE)
    assert path in {route.path for route in ROUTES if route.access == "anyone"}


@pytest.mark.parametrize("name", [".env", ".git", ".clickstream", "backups", ".venv"])
def test_secrets_and_data_stay_out_of_it(name: str) -> None:
    assert name in IGNORED


@pytest.mark.parametrize("name", ["server.py", "clickstream", "static", "requirements.txt", "ingest.py", "LICENSE"])
def test_what_runs_is_in_it(name: str) -> None:
    assert (ROOT / name).exists()
    assert not [pattern for pattern in IGNORED if fnmatch(name, pattern)]


def test_it_has_the_python_and_the_library_that_are_asked_for() -> None:
    assert "FROM python:3.11-" in DOCKERFILE
    assert "libcurl4" in DOCKERFILE
