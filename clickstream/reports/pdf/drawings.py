"""Charts on paper: how they look there, and SVG as vl-convert writes it, laid out as shapes and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from babel.dates import get_day_names, get_month_names

from clickstream.languages.locales import locale_named
from clickstream.reports.pdf.fonts import FAMILY
from clickstream.vega import drawn

WIDTH_PIXELS = 640
_SVG = "{http://www.w3.org/2000/svg}"
_MOVED = re.compile(r"translate\(([-\d.e]+),\s*([-\d.e]+)\)(?:\s*rotate\(([-\d.e]+)\))?")
INK, SOFT, RULE, STRONG, GHOST = "#1b1a18", "#5a554c", "#dfdad0", "#857f73", "#ece8df"
PALETTE = ("#1f67ab", "#c9541f", "#9a7a0a", "#7b7f87", "#0b7d63", "#8a4b94")
"""The page's light colours."""

_WORDS = {"font": FAMILY, "fontSize": 12}
CONFIG: Mapping[str, Any] = {
    "background": None,
    "font": FAMILY,
    "view": {"stroke": None},
    "padding": 2,
    "range": {"category": list(PALETTE)},
    "mark": {"color": PALETTE[0]},
    "bar": {"color": PALETTE[0]},
    "area": {"color": PALETTE[0], "fillOpacity": 0.35, "line": {"color": PALETTE[0], "strokeWidth": 1.5}},
    "text": {**_WORDS, "fill": INK, "color": INK},
    "style": {"ghost": {"color": GHOST}, "node": {"color": PALETTE[0]}},
    "axis": {
        "labelFont": FAMILY,
        "labelFontSize": 12,
        "labelColor": SOFT,
        "titleFont": FAMILY,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titleColor": SOFT,
        "domainColor": STRONG,
        "gridColor": RULE,
        "tickColor": RULE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "axisX": {"domain": True},
    "scale": {"bandPaddingInner": 0.25, "bandPaddingOuter": 0.1},
    "legend": {"labelFont": FAMILY, "labelFontSize": 12, "labelColor": INK, "symbolType": "square"},
}


@dataclass(frozen=True)
class Text:
    """Where its baseline begins, ends or has its middle, in pixels of the drawing, as `anchor` says."""

    x: float
    y: float
    text: str
    anchor: str
    size: float
    colour: str
    bold: bool


@dataclass(frozen=True)
class Drawing:
    """`shapes` is SVG without a text; `texts` stand over it, so that they can be searched and copied."""

    width: float
    height: float
    shapes: bytes
    texts: tuple[Text, ...]


def drawings(specs: Sequence[Mapping[str, Any]], language: str, fonts: Path) -> list[Drawing | None]:
    """Each chart, None where it could not be drawn."""
    wide = [{**spec, "width": WIDTH_PIXELS} if spec.get("width") == "container" else spec for spec in specs]
    look = {"config": CONFIG, "format_locale": _numbers(language), "time_format_locale": _times(language)}
    return [_read(svg) if svg else None for svg in drawn(wide, look, fonts)]


def _times(language: str) -> dict[str, Any]:
    """d3's names of days, from Sunday, and of months."""
    days = {width: get_day_names(width, locale=language) for width in ("wide", "abbreviated")}
    months = {width: get_month_names(width, locale=language) for width in ("wide", "abbreviated")}
    from_sunday = (6, 0, 1, 2, 3, 4, 5)
    return {
        "dateTime": "%x, %X",
        "date": "%x",
        "time": "%X",
        "periods": ["AM", "PM"],
        "days": [days["wide"][n] for n in from_sunday],
        "shortDays": [days["abbreviated"][n] for n in from_sunday],
        "months": [months["wide"][n] for n in range(1, 13)],
        "shortMonths": [months["abbreviated"][n] for n in range(1, 13)],
    }


def _numbers(language: str) -> dict[str, Any]:
    """d3's number format, in the hand of the insights."""
    sample = locale_named(language).number(1234567.8, 1)
    group, decimal = sample[1], sample[-2]
    return {"decimal": decimal, "thousands": group, "grouping": [3], "currency": ["", ""], "minus": "−"}


def _read(svg: str) -> Drawing:
    root = ElementTree.fromstring(svg)  # noqa: S314 our own process wrote it
    texts = tuple(_taken(root, 0.0, 0.0))
    ElementTree.register_namespace("", _SVG[1:-1])
    return Drawing(float(root.get("width", 0)), float(root.get("height", 0)), ElementTree.tostring(root), texts)


def _taken(parent: ElementTree.Element, x: float, y: float) -> Iterator[Text]:
    """The texts below, taken out; and what the PDF library cannot read is made readable or taken out with them."""
    for child in list(parent):
        moved = _MOVED.match(child.get("transform", ""))
        at = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
        if child.tag == f"{_SVG}text":
            yield _text(child, *at)
        if child.tag == f"{_SVG}text" or child.get("display") == "none" or child.get("d") == "":
            parent.remove(child)
            continue
        if child.tag == f"{_SVG}line":
            child.attrib.update({name: child.get(name, "0") for name in ("x1", "y1", "x2", "y2")})
        yield from _taken(child, *at)


def _text(element: ElementTree.Element, x: float, y: float) -> Text:
    return Text(
        x,
        y,
        "".join(element.itertext()),
        element.get("text-anchor", "start"),
        float(element.get("font-size", "12px").removesuffix("px")),
        element.get("fill", INK),
        element.get("font-weight") == "bold",
    )
