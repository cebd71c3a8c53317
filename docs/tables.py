"""The tables of README.md, and .env.example, from the code they describe: `make tables` writes them anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from clickstream.commandline import EXIT_CODES
from clickstream.metrics import METRICS
from clickstream.metrics.metric import Metric
from clickstream.settings import SETTINGS
from clickstream.web.app import ROUTES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
ENV_EXAMPLE = ROOT / ".env.example"


def settings_table() -> str:
    rows = ((f"`{row.name}`", f"`{row.default}`" if row.default else "", row.help) for row in SETTINGS)
    return _table(("setting", "default", "what it is"), rows)


def routes_table() -> str:
    rows = ((f"`{route.method} {route.path}`", route.access.replace("_", " "), route.summary) for route in ROUTES)
    return _table(("route", "who", "what"), rows)


def metrics_table() -> str:
    rows = ((f"`{metric.id}`", metric.definition, ", ".join(_options(metric))) for metric in METRICS.values())
    return _table(("metric", "definition", "options"), rows)


def _options(metric: Metric) -> Iterator[str]:
    for option in metric.options:
        values = {"choice": " ".join(option.choices), "number": f"1 to {option.largest:,}", "text": "text", "json": "JSON"}
        yield f"`{option.name}` ({values[option.kind]})"


def scripts_table() -> str:
    scripts = (import_module(path.stem) for path in sorted(ROOT.glob("*.py")))
    return _table(("script", "what it does", "options"), map(_script_row, scripts))


def _script_row(script: ModuleType) -> tuple[str, str, str]:
    summary = " ".join((script.__doc__ or "").partition("\n\n")[0].split())
    usage = script.build_parser().format_usage().split()[2:] if hasattr(script, "build_parser") else []
    options = " ".join(usage).removeprefix("[-h] ")
    return f"`{script.__name__}.py`", summary, f"`{options}`" if options else ""


def exit_codes_table() -> str:
    return _table(("exit code", "of all scripts"), ((f"`{code}`", meaning) for code, meaning in EXIT_CODES.items()))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in lines)


TABLES = {
    "scripts": scripts_table,
    "exit codes": exit_codes_table,
    "settings": settings_table,
    "routes": routes_table,
    "metrics": metrics_table,
}


def with_tables(readme: str) -> str:
    """The text with what stands between `<!-- name -->` and `<!-- /name -->` written anew."""
    for name, table in TABLES.items():
        before, _, rest = readme.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        assert end, f"README.md has no place for the table of {name}"
        readme = f"{before}<!-- {name} -->\n{table()}\n{end}{after}"
    return readme


def env_example() -> str:
    """Every setting with its default, commented out."""
    lines = [f"# {row.help}\n#{row.name}={row.default}\n" for row in SETTINGS]
    return "\n".join(["# Copy this to .env and take the # away from what you change.\n", *lines])


def main() -> None:
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    ENV_EXAMPLE.write_text(env_example(), encoding="utf-8")


if __name__ == "__main__":
    main()
