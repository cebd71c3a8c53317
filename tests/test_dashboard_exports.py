"""Taking things away from the dashboard: the open analysis as a file, and a metric's tables as CSV."""

from __future__ import annotations

import zipfile
from pathlib import Path

from browsing import SECONDS, Reader
from playwright.sync_api import expect
from pypdf import PdfReader
from test_dashboard_sharing import owner

__all__ = ["owner"]


def test_an_analysis_is_saved_as_pdf_and_as_markdown(owner: Reader, tmp_path: Path) -> None:
    page = owner.page
    page.locator("#tool-export").click()
    for wanted, label in (("pdf", "PDF, to read and print"), ("md", "Markdown, to edit")):
        page.get_by_label("Format", exact=True).select_option(label=label)
        with page.expect_download(timeout=60 * SECONDS) as saved:
            page.locator("#export-make").click()
        saved.value.save_as(tmp_path / f"report.{wanted}")
        assert saved.value.suggested_filename.endswith(f".{wanted}")
        expect(page.locator(".export-made")).to_contain_text(f"Saved as {saved.value.suggested_filename}.")
    claim = page.locator(".claim > p").first.inner_text()
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages).split())
    assert claim in text and claim in (tmp_path / "report.md").read_text()


def test_detailed_metrics_have_their_tables_as_csv(owner: Reader, tmp_path: Path) -> None:
    owner.open("?page=metrics&topic=content")
    with owner.page.expect_download() as saved:
        owner.page.get_by_label("Pages as CSV").click()
    saved.value.save_as(tmp_path / "pages.zip")
    with zipfile.ZipFile(tmp_path / "pages.zip") as archive:
        assert archive.namelist() == ["values.csv", "pages.csv", "manifest.json"]
