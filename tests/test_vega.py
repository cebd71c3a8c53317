"""The browser's chart library is built once, kept, and its absence explained."""

from __future__ import annotations

import gzip
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from web_client import Client, bare_deps

from clickstream import vega
from clickstream.settings import read_settings
from clickstream.vega import BundleUnavailable, VegaBundle
from clickstream.web.app import App


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("data")
    VegaBundle(data_dir).read()
    return data_dir


def forbidden() -> bytes:
    raise AssertionError("built again")


def test_it_is_the_library_the_page_asks_for(folder: Path) -> None:
    bundle = VegaBundle(folder).read()
    assert b"window.vegaEmbed=" in bundle.body
    assert gzip.decompress(bundle.gzipped) == bundle.body
    assert bundle.etag == f'"vega-{version("vl-convert-python")}"'


def test_it_is_small_enough_for_a_page(folder: Path) -> None:
    assert len(VegaBundle(folder).read().gzipped) < 350_000


def test_another_process_finds_it_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega, "_build", forbidden)
    assert VegaBundle(folder).read().body


def test_it_leaves_no_half_written_file(folder: Path) -> None:
    assert [path.suffix for path in (folder / "cache").iterdir()] == [".gz"]


def test_a_failed_build_is_explained_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = VegaBundle(tmp_path)
    monkeypatch.setattr(vega, "BUILD", "raise SystemExit(3)")
    with pytest.raises(BundleUnavailable, match="tables show the same numbers"):
        bundle.read()
    monkeypatch.setattr(vega, "_build", lambda: b"built")
    assert bundle.read().body == b"built"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega, "_build", lambda: b"built")
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(BundleUnavailable, match=str(tmp_path / "cache")):
        VegaBundle(tmp_path).read()


def test_a_build_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("python", 120)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(BundleUnavailable):
        VegaBundle(tmp_path).read()


def test_the_page_gets_it_compressed_and_need_not_load_it_twice(folder: Path) -> None:
    client = Client(App(bare_deps(settings=read_settings({"DATA_DIR": str(folder)}))))
    first = client.get("/vega.js", accept_encoding="gzip")
    assert (first.status, first.headers["content-encoding"]) == (200, "gzip")
    assert first.headers["content-type"].startswith("text/javascript")
    again = client.get("/vega.js", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_the_page_is_told_when_it_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega, "BUILD", "raise SystemExit(3)")
    answer = Client(App(bare_deps(settings=read_settings({"DATA_DIR": str(tmp_path)})))).get("/vega.js")
    assert (answer.status, answer.json["code"]) == (503, "charts_unavailable")
