"""Where a question to a model goes and with whose key: the account's own, else the installation's.

A key is saved encrypted together with its account and its destination, so that an entry copied or redirected inside the
database cannot be read. Only an owner may name an address, and it then serves every account without a key.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from msgspec import Struct

from clickstream.clock import Clock
from clickstream.errors import Forbidden, InvalidInput
from clickstream.keys.pasted import clean_key, clean_model, provider_name
from clickstream.llm import DEFAULT_MODEL, Endpoint, Kind, endpoint_at, openai, openrouter
from clickstream.llm.errors import KeyMissing
from clickstream.settings import Settings
from clickstream.store import Store
from clickstream.store.api_keys import SavedProvider
from clickstream.store.users import Role
from clickstream.vault import SecretUnreadable, Vault, masked

log = logging.getLogger(__name__)

Source = Literal["account", "environment", "owner"]

_MAY_CHOOSE: tuple[Role, ...] = ("analyst", "owner")
_NOT_THEIRS = "Only an owner may use an address of their own, so the saved one is not used."
_NOT_THEIR_MODEL = "The shop's key answers with the shop's model. Save a key of your own to choose another."


@dataclass(frozen=True)
class Choice:
    """Where a question goes. `source` says whose key or address it is; with `environment` it comes from the settings."""

    endpoint: Endpoint
    model: str
    source: Source


@dataclass(frozen=True)
class Wanted:
    """What an account asks to be saved or tried; empty means unsaid, except that an empty `model` clears the choice."""

    key: str = field(default="", repr=False)
    kind: Kind | None = None
    base_url: str = ""
    model: str | None = None

    @property
    def names_provider(self) -> bool:
        return bool(self.key or self.kind or self.base_url)


class KeyStatus(Struct):
    """What is in use for an account. `masked` ends with the last characters of its own key; nobody else's is shown.

    `model_chosen` says whether the account chose the model; `problem` what keeps the saved key from being used.
    """

    saved: bool
    masked: str | None
    kind: Kind | None
    base_url: str | None
    model: str
    model_chosen: bool
    source: Literal["account", "environment", "owner", "none"]
    saved_at: datetime | None
    problem: str | None


class Keys:
    def __init__(self, store: Store, vault: Vault, settings: Settings, clock: Clock) -> None:
        self._store, self._vault, self._settings, self._clock = store, vault, settings, clock

    def resolve(self, username: str | None, model: str = "") -> Choice | None:
        """Where this account's questions go, to `model` if one is named; None where there is no provider at all.

        `username` is None for the command line. Raises SecretUnreadable where the account's own key cannot be read, and
        Forbidden where it names a model although another one pays.
        """
        model, saved = clean_model(model), self._saved(username)
        own = self._own(saved)
        if own is not None:
            return Choice(own, self._model(own.kind, model, saved.model), "account")
        found = self._installation()
        if found is None:
            return None
        endpoint, source, usual = found
        if self.works_for_the_shop(username):
            chosen = saved.model if self._may_choose(saved) else ""
            return Choice(endpoint, self._model(endpoint.kind, model, chosen, usual), source)
        if model:
            raise Forbidden(_NOT_THEIR_MODEL)
        return Choice(endpoint, self._model(endpoint.kind, usual), source)

    def works_for_the_shop(self, username: str | None) -> bool:
        """Whether the installation's key serves this account as it likes; the command line's does."""
        return username is None or self._role(username) in _MAY_CHOOSE

    def status(self, username: str) -> KeyStatus:
        saved = self._saved(username)
        own = self._own_kind(saved)
        choice, problem = None, _NOT_THEIRS if saved.kind and not own else None
        try:
            choice = self.resolve(username)
        except SecretUnreadable as error:
            problem = error.message
        own_key = choice.endpoint.api_key if own and choice else ""
        return KeyStatus(
            saved=saved.kind is not None,
            masked=masked(own_key) if own_key else None,
            kind=own or (choice.endpoint.kind if choice else None),
            base_url=saved.base_url or None,
            model=choice.model if choice else self._model(own or "openrouter", saved.model),
            model_chosen=bool(saved.model) and self._may_choose(saved),
            source=choice.source if choice else "account" if own else "none",
            saved_at=saved.saved_at,
            problem=problem,
        )

    def save(self, username: str, wanted: Wanted) -> None:
        """Raises InvalidInput naming the field, or Forbidden."""
        saved = self._saved(username)
        kind, base_url = self._destination(saved, wanted)
        stays = (kind, base_url) == (saved.kind, saved.base_url)
        if not wanted.key and (stays or not wanted.names_provider):
            self._choose_model(saved, wanted.model)
            return
        key = clean_key(wanted.key, kind) if wanted.key else ""
        if not key and kind != "compatible":
            raise InvalidInput(f"Paste the API key of {provider_name(kind)}.", fields={"key": "is required"})
        _endpoint(kind, base_url, key)
        model = clean_model(wanted.model) if wanted.model is not None else saved.model if stays else ""
        draft = SavedProvider(username, kind, base_url, "", model, self._clock())
        self._store.api_keys.save(replace(draft, sealed_key=self._vault.encrypt(_bound(draft) + key) if key else ""))

    def forget(self, username: str) -> None:
        self._store.api_keys.delete(username)

    def draft(self, username: str, wanted: Wanted) -> Choice:
        """Where questions would go if `wanted` were saved; raises what `save` raises, and KeyMissing."""
        if not wanted.names_provider:
            choice = self.resolve(username)
            if choice is None:
                raise KeyMissing
            return choice
        saved = self._saved(username)
        kind, base_url = self._destination(saved, wanted)
        stays = (kind, base_url) == (saved.kind, saved.base_url)
        key = clean_key(wanted.key, kind) if wanted.key else self._key(saved) if stays else ""
        endpoint = _endpoint(kind, base_url, key)
        return Choice(endpoint, self._model(endpoint.kind, wanted.model or ""), "account")

    def _destination(self, saved: SavedProvider, wanted: Wanted) -> tuple[Kind, str]:
        """Kind and, where it is compatible, address. What is not said stays as it is saved."""
        kind = wanted.kind or saved.kind or "openrouter"
        if kind != "compatible":
            if wanted.base_url:
                raise InvalidInput("An address goes with kind compatible.", fields={"base_url": "goes with compatible"})
            return kind, ""
        if self._role(saved.username) != "owner":
            raise Forbidden("Only an owner may set the address of an AI provider.")
        base_url = wanted.base_url.strip().rstrip("/") or saved.base_url
        if not base_url:
            raise InvalidInput("Enter the provider's address.", fields={"base_url": "is required"})
        return kind, base_url

    def _choose_model(self, saved: SavedProvider, model: str | None) -> None:
        if model is None:
            raise InvalidInput("There is nothing to save: send a key or a model.", fields={"key": "is required"})
        if not self._may_choose(saved):
            raise Forbidden(_NOT_THEIR_MODEL)
        self._store.api_keys.choose_model(saved.username, clean_model(model))

    def _saved(self, username: str | None) -> SavedProvider:
        return (self._store.api_keys.find(username) if username else None) or SavedProvider(username or "")

    def _role(self, username: str) -> Role:
        """An account that is not active has no more rights than anybody."""
        user = self._store.users.find(username)
        return user.role if user and user.status == "active" else "shopper"

    def _own_kind(self, saved: SavedProvider) -> Kind | None:
        """The kind of the saved provider, if its account may use it."""
        may_use = saved.kind != "compatible" or self._role(saved.username) == "owner"
        return saved.kind if may_use else None

    def _may_choose(self, saved: SavedProvider) -> bool:
        """Who pays, or works for who pays, chooses the model."""
        if saved.kind is not None:
            return self._own_kind(saved) is not None
        return self._role(saved.username) in _MAY_CHOOSE

    def _own(self, saved: SavedProvider) -> Endpoint | None:
        kind = self._own_kind(saved)
        return _endpoint(kind, saved.base_url, self._key(saved)) if kind else None

    def _installation(self) -> tuple[Endpoint, Source, str] | None:
        """Whose key or address serves accounts without one, and the model that goes with it."""
        if self._settings.openrouter_api_key:
            return openrouter(self._settings.openrouter_api_key), "environment", ""
        if self._settings.openai_api_key:
            return openai(self._settings.openai_api_key), "environment", ""
        for saved in self._store.api_keys.compatible():
            try:
                endpoint = self._own(saved)
            except SecretUnreadable:
                log.warning("keys: the provider saved by %s cannot be used: its key is unreadable", saved.username)
                continue
            if endpoint is not None:
                return endpoint, "owner", saved.model
        return None

    def _key(self, saved: SavedProvider) -> str:
        if not saved.sealed_key:
            return ""
        text = self._vault.decrypt(saved.sealed_key)
        if not text.startswith(_bound(saved)):
            raise SecretUnreadable
        return text.removeprefix(_bound(saved))

    def _model(self, kind: Kind, *wishes: str) -> str:
        """The first wish, else the setting. OpenAI itself knows only its own models, and without its name in front."""
        wish = next(filter(None, wishes), "")
        if kind != "openai":
            return wish or self._settings.openrouter_model
        usual = self._settings.openrouter_model
        return (wish or (usual if usual.startswith("openai/") else DEFAULT_MODEL)).removeprefix("openai/")


def _bound(saved: SavedProvider) -> str:
    """What a key is encrypted with. None of the parts can hold a blank."""
    return f"{saved.username} {saved.kind} {saved.base_url} "


def _endpoint(kind: Kind, base_url: str, key: str) -> Endpoint:
    match kind:
        case "openrouter":
            return openrouter(key)
        case "openai":
            return openai(key)
        case _:
            return endpoint_at(base_url, key)
