"""Ask a model, or see whether a key works.

    python openrouter_client.py --check                          is the key good? (free of charge)
    python openrouter_client.py --models gemini                  models whose id or name contains the word, with prices
    python openrouter_client.py "Why do carts get abandoned?"    send a prompt, print the answer as it comes
    python openrouter_client.py --base-url http://localhost:11434/v1 --model llama3.2 "Hello"      a local server
    python openrouter_client.py --base-url https://api.openai.com/v1 --key-in OPENAI_API_KEY --check

The key is read from OPENROUTER_API_KEY, in the environment or in a `.env` file: on a command line others could read it.
With --base-url no key is sent unless --key-in names the variable that holds that server's key.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import TypeVar, overload

import msgspec

from clickstream.commandline import DONE, between, described, environment, run
from clickstream.llm import (
    DEFAULT_MODEL,
    OPENROUTER_URL,
    Client,
    Completion,
    Endpoint,
    KeyState,
    Messages,
    Model,
    endpoint_at,
    open_client,
    openrouter,
)

S = TypeVar("S", bound=msgspec.Struct)

MAX_TOKENS = 4000


@overload
def call_openrouter(messages: Messages, *, api_key: str, model: str = ..., schema: type[S]) -> Completion[S]: ...


@overload
def call_openrouter(messages: Messages, *, api_key: str, model: str = ..., schema: None = None) -> Completion[None]: ...


def call_openrouter(
    messages: Messages, *, api_key: str, model: str = DEFAULT_MODEL, schema: type[S] | None = None
) -> Completion[S] | Completion[None]:
    """One answer from OpenRouter: its text and, with a `schema`, the checked struct in `value`. Raises an LlmError."""
    client = open_client(openrouter(api_key))
    return client.complete(messages, schema, model=model, max_tokens=MAX_TOKENS)


def build_parser() -> argparse.ArgumentParser:
    parser = described("openrouter_client.py", __doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("prompt", nargs="?", help="what to ask")
    what.add_argument("--check", action="store_true", help="test the key and the address")
    what.add_argument("--models", metavar="WORD", help="list models; an empty WORD lists all")
    parser.add_argument("--model", metavar="ID", help=f"model to ask (default: OPENROUTER_MODEL, else {DEFAULT_MODEL})")
    parser.add_argument("--base-url", metavar="URL", help=f"another OpenAI-compatible address (default: {OPENROUTER_URL})")
    parser.add_argument("--key-in", metavar="NAME", help="variable that holds the key (default: OPENROUTER_API_KEY)")
    parser.add_argument(
        "--max-tokens", type=between(int, 1), default=MAX_TOKENS, metavar="N", help="longest answer (default: %(default)s)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(argv)
    return run(lambda: _use(options))


def _use(options: argparse.Namespace) -> int:
    variables = environment()
    client = open_client(_endpoint(options, variables))
    if options.check:
        print(describe_key(client.check()))
    elif options.models is not None:
        print(*map(describe_model, _matching(client.models(), options.models)), sep="\n")
    else:
        _ask(client, options, variables)
    return DONE


def describe_key(state: KeyState) -> str:
    """One line for people."""
    if state.limit_remaining is None:
        return "The key works."
    return f"The key works; ${state.limit_remaining:.2f} of its limit are left."


def describe_model(model: Model) -> str:
    """One line for people: id, context, US dollars per million tokens in and out."""
    context = f"{model.context_length:,} tokens" if model.context_length else "context unknown"
    prices = f"${model.prompt_price} / ${model.completion_price}" if model.prompt_price is not None else "price unknown"
    return f"{model.id}  {context}  {prices}{'  structured output' if model.supports_structured_output else ''}"


def _endpoint(options: argparse.Namespace, variables: Mapping[str, str]) -> Endpoint:
    if options.base_url:
        return endpoint_at(options.base_url, variables.get(options.key_in or "", ""))
    return openrouter(variables.get(options.key_in or "OPENROUTER_API_KEY", ""))


def _matching(models: Sequence[Model], word: str) -> list[Model]:
    return [model for model in models if word.lower() in f"{model.id} {model.name}".lower()]


def _ask(client: Client, options: argparse.Namespace, variables: Mapping[str, str]) -> None:
    def show(text: str) -> None:
        print(text, end="", flush=True)

    model = options.model or variables.get("OPENROUTER_MODEL", DEFAULT_MODEL)
    messages = [{"role": "user", "content": options.prompt}]
    completion = client.complete(messages, model=model, max_tokens=options.max_tokens, on_text=show)
    usage, cost = completion.usage, "price unknown" if completion.cost is None else f"${completion.cost}"
    spent = f"{usage.prompt_tokens} tokens in, {usage.completion_tokens} out, {cost}"
    print(f"\n\n{completion.model}: {spent}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
