"""Analyse the shop: detailed metrics, what stands out, what to do. The analysis is saved; the dashboard shows it too.

    python analysis.py                                       everything there is
    python analysis.py --since 2026-03-01 --until 2026-03-08 from the first to the day before the second
    python analysis.py --user-id alice                       one shopper
    python analysis.py --device mobile --country DE          one part of the shop
    python analysis.py --segment "Germans on phones"         the filters that were saved under this name
    python analysis.py --model google/gemini-2.5-flash       let this model write, with the key from the environment
    python analysis.py --preset ux --prompt "Mostly phones"   what to emphasise
    python analysis.py --no-model                            let nobody but the program write
    python analysis.py --language de                         texts in German (en, de, fr, es, vi)
    python analysis.py --json > analysis.json                the saved document, as GET /api/analyses/{id} answers it

With OPENROUTER_API_KEY or OPENAI_API_KEY set, in the environment or a `.env` file, a model writes the texts from the facts.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from clickstream import analysis
from clickstream.analysis import NO_MODEL, Advisor, Request, local_time
from clickstream.clock import Clock, system_clock
from clickstream.commandline import DONE, described, run, settings_here
from clickstream.facts import Fact
from clickstream.garbage import collect_rarely
from clickstream.insights.brief import MAX_PROMPT, MAX_TEMPERATURE, USUAL, Brief, read_brief
from clickstream.insights.formats import formatted
from clickstream.insights.presets import PRESETS
from clickstream.insights.report import STORE
from clickstream.keys import Keys
from clickstream.languages import ENGLISH, LANGUAGES
from clickstream.languages.locales import locale_named
from clickstream.scope import LIVE, read_scope
from clickstream.scope_options import add_scope_options, selected
from clickstream.settings import Settings
from clickstream.store import Store, open_store
from clickstream.vault import open_vault

WIDTH = 100
HEADLINES = (
    "overview.sessions",
    "overview.visitors",
    "overview.pageviews",
    "overview.bounce_rate",
    "overview.conversion_rate",
    "overview.orders",
    "overview.revenue.",
    "overview.net_revenue.",
    "overview.aov.",
    "cart.abandonment_rate",
    "cart.value_left.",
    "checkout.abandonment_rate",
    "search.zero_result_rate",
)


def run_analysis(
    store: Store,
    settings: Settings,
    selection: dict[str, str],
    clock: Clock = system_clock,
    *,
    model: str = "",
    brief: Brief = USUAL,
    language: str = ENGLISH,
) -> dict[str, Any]:
    """Analyse what `selection` names (dataset, since, until, user_id, device ...) and save it; the saved document.

    `model` is the one to ask instead of the usual one, `none` to ask nobody; `brief` says how the texts are to be written,
    `language` in which one.
    """
    local = local_time(store, settings, selection.get("dataset", LIVE))
    scope = read_scope(selection, now=clock(), local=local)
    keys = Keys(store, open_vault(settings.secret_key, settings.data_dir), settings, clock)
    advisor = Advisor(store, clock, keys)
    request = Request(scope, model=model, brief=brief, language=language)
    return analysis.run_analysis(store, settings, clock, request, _tell, advisor=advisor)


def report(found: dict[str, Any]) -> Iterator[str]:
    """The analysis as lines for people."""
    facts = [Fact(**{"n": None, **fact}) for fact in found["facts"]]
    yield from _titled("Summary")
    for start in HEADLINES:
        for fact in facts:
            if fact.id == start or (start.endswith(".") and fact.id.startswith(start)):
                yield f"  {fact.label:<34}{formatted(fact, locale_named(found['language'])):>16}"
    for section, title in STORE.titles_in(found["language"]).items():
        yield from _titled(title)
        for claim in found["sections"][section]["claims"]:
            yield textwrap.fill(claim["text"], WIDTH, initial_indent="  - ", subsequent_indent="    ")
    yield from _titled("Recommended products")
    for product in found["recommended_products"]:
        text = f"{product['name']}: {product['reason']}"
        yield textwrap.fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")
    if found["no_products"]:
        yield f"  {found['no_products']}"
    yield f"\n{_author(found['model'])}"
    yield f"Saved as analysis {found['analysis_id']} (data version {found['watermark']})."


def _author(model: dict[str, Any]) -> str:
    """Who wrote the texts."""
    match model["status"]:
        case "used":
            return (
                f"Written by {model['name']} and checked against the facts{' (answered before)' if model['cached'] else ''}."
            )
        case "failed":
            return f"Computed without a model. {model['error']}"
        case _:
            return "Computed without a model."


def _titled(title: str) -> Iterator[str]:
    yield f"\n{title}"
    yield "-" * len(title)


def _tell(stage: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        line = f"{stage.replace('_', ' ')} {done}/{total}" if done < total else ""
        print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)


def build_parser() -> argparse.ArgumentParser:
    parser = described("analysis.py", __doc__)
    add_scope_options(parser)
    writer = parser.add_mutually_exclusive_group()
    writer.add_argument("--model", metavar="ID", default="", help="ask this model (default: OPENROUTER_MODEL)")
    writer.add_argument("--no-model", dest="model", action="store_const", const=NO_MODEL, help="ask no model")
    parser.add_argument("--preset", metavar="ID", default="", help=f"what to emphasise: {', '.join(PRESETS)}")
    parser.add_argument(
        "--prompt", metavar="TEXT", default="", help=f"wishes for the texts, at most {MAX_PROMPT} characters"
    )
    freely = f"how freely a model may write, 0 to {MAX_TEMPERATURE:g}"
    parser.add_argument("--temperature", metavar="NUMBER", type=float, help=freely)
    parser.add_argument("--language", metavar="CODE", default=ENGLISH, help=f"of the texts: {', '.join(LANGUAGES)}")
    parser.add_argument("--json", action="store_true", help="print the saved document as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    collect_rarely()
    options = build_parser().parse_args(argv)
    return run(lambda: _analyse(options))


def _analyse(options: argparse.Namespace) -> int:
    brief = read_brief(options.preset, options.prompt, options.temperature)
    settings = settings_here()
    with open_store(settings) as store:
        print(store.describe, file=sys.stderr)
        told = {"model": options.model, "brief": brief, "language": options.language}
        selection = selected(vars(options), store.saved_segments.filters_of)
        found = run_analysis(store, settings, selection, **told)
    print(json.dumps(found, indent=2, ensure_ascii=False) if options.json else "\n".join(report(found)))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
