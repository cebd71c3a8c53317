"""Where the model is: one address, one key, and the rules that keep the key there."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from clickstream.errors import InvalidInput

Kind = Literal["openrouter", "openai", "compatible"]

OPENROUTER_URL = "https://openrouter.ai/api/v1"
OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "openai/gpt-4o-mini"

_KEY = re.compile(r"[\x21-\x7e]{0,1000}")
_LOCAL_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa", ".localhost")


@dataclass(frozen=True)
class Endpoint:
    """An API base URL such as https://openrouter.ai/api/v1, its key, and which dialect it speaks.

    Raises InvalidInput for an address or key that cannot be used, without repeating the key.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    kind: Kind = "compatible"

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", self.api_key.strip())
        object.__setattr__(self, "base_url", self.base_url.strip().rstrip("/"))
        if not _KEY.fullmatch(self.api_key):
            raise InvalidInput("An API key is one line of letters, digits and signs.", fields={"api_key": "malformed"})
        problem = _address_problem(self.base_url, has_key=bool(self.api_key))
        if problem:
            raise InvalidInput(f"The AI provider's address {problem}.", fields={"base_url": problem})

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def needs_key(self) -> bool:
        return self.kind != "compatible"

    def redact(self, text: str) -> str:
        """`text` without this endpoint's key, for what a provider wrote and we want to keep."""
        return text.replace(self.api_key, "[key]") if self.api_key else text


def endpoint_at(base_url: str, api_key: str = "") -> Endpoint:
    """The endpoint of an address someone typed; its host tells the kind."""
    host = urlsplit(base_url.strip()).netloc
    if host == "openrouter.ai" or host.endswith(".openrouter.ai"):
        return Endpoint(base_url, api_key, "openrouter")
    return Endpoint(base_url, api_key, "openai" if host == "api.openai.com" else "compatible")


def openrouter(api_key: str) -> Endpoint:
    return Endpoint(OPENROUTER_URL, api_key, "openrouter")


def openai(api_key: str) -> Endpoint:
    return Endpoint(OPENAI_URL, api_key, "openai")


def _address_problem(url: str, *, has_key: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in ("http", "https") or not host or _is_untidy(url, parts):
        return "must look like https://host/v1, without a name, password, query or blanks"
    if has_key and parts.scheme == "http" and not _is_nearby(host):
        return "must begin with https://, or the key would travel unprotected"
    return None


def _is_untidy(url: str, parts: SplitResult) -> bool:
    return "@" in parts.netloc or "?" in url or "#" in url or not re.fullmatch(r"[\x21-\x7e]+", url)


def _is_nearby(host: str) -> bool:
    """Whether a host is this machine or a neighbour: a private address, a bare name, or a local domain."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)
    return address.is_private or address.is_loopback
