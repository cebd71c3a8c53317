"""The report's font, FiraGO, as files that the PDF and the charts read.

It has Latin, Vietnamese, Greek, Cyrillic, Arabic and more, comes with pip (pymupdf-fonts, a package of data only), and is
unpacked once into DATA_DIR.
"""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clickstream.errors import ClickstreamError

FAMILY = "FiraGO"
_FILES = {"": "FiraGO_Regular", "B": "FiraGO_Bold", "I": "FiraGO_Italic"}
STAND_IN = "\u25af"
"""What is printed for a character the font does not have; reports list which those are."""
_SAME = str.maketrans({"\u202f": "\u00a0", "\u2007": "\u00a0", "\u2009": "\u00a0", "\u2011": "-", "\t": " ", "\n": " "})
"""Narrow spaces that the font lacks are spaces all the same."""


class FontUnavailable(ClickstreamError):
    code = "font_unavailable"


@dataclass(frozen=True)
class Fonts:
    """The files of the styles regular, bold and italic."""

    folder: Path
    files: dict[str, Path]


def fonts_in(data_dir: Path) -> Fonts:
    """Raises FontUnavailable naming what to install."""
    try:
        release = version("pymupdf-fonts")
    except PackageNotFoundError as error:
        raise FontUnavailable("PDFs need the package pymupdf-fonts; install requirements.txt.") from error
    return _unpacked(data_dir / "cache" / f"fonts-{release}")


def printable(text: str) -> str:
    """Composed, and without what no font draws: controls, marks of direction, selectors of variants.

    >>> printable("e\u0301\u202f5\u200f\ufe0f")
    'é\xa05'
    """
    composed = unicodedata.normalize("NFC", text.translate(_SAME))
    return "".join(char for char in composed if unicodedata.category(char) not in ("Cc", "Cf", "Cs") and not _selects(char))


def named(characters: Iterable[str]) -> list[str]:
    """Characters that cannot be printed, by number and name.

    >>> named("漢")
    ['U+6F22 CJK UNIFIED IDEOGRAPH-6F22']
    """
    return [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in sorted(characters)]


def _selects(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f"


def _unpacked(folder: Path) -> Fonts:
    files = {style: folder / f"{name}.ttf" for style, name in _FILES.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for style, path in files.items():
            if not path.exists():
                _write(path, import_module(f"pymupdf_fonts.{_FILES[style]}").fontbuffer)
    except OSError as error:
        raise FontUnavailable(f"The font cannot be kept in {folder}: {error}") from error
    return Fonts(folder, files)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: two servers may do this at once."""
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(partial).replace(path)
