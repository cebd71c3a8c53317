"""What people paste where a key or a model's name belongs."""

from __future__ import annotations

import re

from clickstream.errors import InvalidInput
from clickstream.llm import Kind

MAX_KEY = 500
MAX_MODEL = 200
_WRAPPING = " \t\r\n\"'`"
_LEAD = re.compile(r"(?:(?:export\s+)?\w+_API_KEY\s*=|(?:authorization\s*:\s*)?bearer(?:\s|$))\s*", re.I)
_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY}}}")
_MODEL = re.compile(r"[\x20-\x7e]*")
_ISSUED_BY: dict[str, Kind] = {"sk-or-": "openrouter", "sk-proj-": "openai", "sk-svcacct-": "openai"}
_NAMES: dict[Kind, str] = {"openrouter": "OpenRouter", "openai": "OpenAI", "compatible": "another provider"}


def provider_name(kind: Kind) -> str:
    return _NAMES[kind]


def clean_key(pasted: str, kind: Kind) -> str:
    """The key in what somebody pasted. InvalidInput, without repeating it, where that cannot be one of this provider.

    >>> clean_key(' OPENROUTER_API_KEY="sk-or-v1-0123" ', "openrouter")
    'sk-or-v1-0123'
    """
    key = _LEAD.sub("", pasted.strip(_WRAPPING), count=1).strip(_WRAPPING)
    if not _KEY.fullmatch(key):
        reason = f"must be one line of 1 to {MAX_KEY} letters, digits and signs, without blanks or invisible characters"
        raise InvalidInput(f"The API key {reason}. Copy it again.", fields={"key": reason})
    issuer = next((issuer for start, issuer in _ISSUED_BY.items() if key.startswith(start)), kind)
    if kind not in ("compatible", issuer):
        reason = f"belongs to {_NAMES[issuer]}, not to {_NAMES[kind]}"
        raise InvalidInput(f"This key {reason}. Choose {_NAMES[issuer]}, or paste another key.", fields={"key": reason})
    return key


def clean_model(named: str) -> str:
    """A model's id without blanks around it. Raises InvalidInput."""
    model = named.strip()
    if len(model) > MAX_MODEL or not _MODEL.fullmatch(model):
        reason = f"must be at most {MAX_MODEL} letters, digits and signs"
        raise InvalidInput(f"The model's name {reason}.", fields={"model": reason})
    return model
