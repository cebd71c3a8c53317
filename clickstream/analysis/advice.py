"""Ask the account's model, if there is one, and keep the receipt. A model's failure is never the analysis's."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from clickstream.audit import COMMAND_LINE, Actor, AuditLog
from clickstream.clock import Clock
from clickstream.errors import ClickstreamError, Forbidden, InvalidInput
from clickstream.insights.judging import sentence_of
from clickstream.insights.model import Written, recalled, write
from clickstream.insights.prompt import PROMPT_VERSION, Prompt
from clickstream.keys import Choice, Keys
from clickstream.llm import Client, Clients, Completion, LlmError, Messages, Usage
from clickstream.llm.errors import Cancelled as RequestCancelled
from clickstream.store import Store
from clickstream.store.answers import SavedAnswer
from clickstream.vault import SecretUnreadable

log = logging.getLogger(__name__)

NO_MODEL = "none"
"""Named in place of a model by who wants the computed texts."""

NOT_ACCEPTED = "Nothing that the model wrote passed the checks, so every text is computed. Choose another model."


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of the question to a model. `cost` is in US dollars, and 0 for an answer that was `cached`.

    - none: nobody was asked, for this `reason`.
    - used: `refused` says, by part of the report, why that part is computed all the same.
    - failed: `error` is a sentence for people; every text is computed.
    """

    status: Literal["none", "used", "failed"]
    reason: Literal["no_key", "no_data", "not_wanted"] | None = None
    name: str | None = None
    host: str | None = None
    error: str | None = None
    code: str | None = None
    usage: Usage | None = None
    cost: float | None = None
    request_id: str | None = None
    cached: bool | None = None
    reasked: bool | None = None
    refused: dict[str, str] | None = None
    prompt_version: str | None = None
    prompt_hash: str | None = None


@dataclass(frozen=True)
class Advice:
    """What the model wrote, None where there is nothing of it to use."""

    receipt: Receipt
    written: Written | None = None


@dataclass(frozen=True)
class Wish:
    """Whose model is to be asked, which one if not the usual (NO_MODEL for none), and how freely it may write."""

    username: str | None
    model: str = ""
    temperature: float | None = None


@dataclass(frozen=True)
class Hearing:
    """How a question that is under way is followed: `cancel` ends it, `begun` and `heard` (characters) say how far it is."""

    cancel: threading.Event
    begun: Callable[[], None]
    heard: Callable[[int], None]


class Advisor:
    """Knows every account's model. Without `keys` nobody is ever asked."""

    def __init__(self, store: Store, clock: Clock, keys: Keys | None = None, clients: Clients | None = None) -> None:
        self._store, self._clock, self._keys, self._clients = store, clock, keys, clients or Clients()
        self._audit = AuditLog(store, clock)

    def check(self, wish: Wish) -> None:
        """Raises Forbidden or InvalidInput where this account cannot have this model."""
        if wish.model not in ("", NO_MODEL):
            try:
                self._choice(wish)
            except SecretUnreadable:
                log.info("advice: the saved key of %s cannot be read", wish.username)

    def is_at_the_shops_expense(self, wish: Wish) -> bool:
        """Whether somebody who does not work for the shop would have its model asked."""
        if self._keys is None or wish.model == NO_MODEL or self._keys.works_for_the_shop(wish.username):
            return False
        try:
            choice = self._choice(wish)
        except SecretUnreadable:
            return False
        return choice is not None and choice.source != "account"

    def advise(self, prompt: Prompt, wish: Wish, hearing: Hearing) -> Advice:
        """The model's report on the prompt. Raises RequestCancelled, and whatever the database raises."""
        if not prompt.facts.number(prompt.kind.sample):
            return Advice(Receipt("none", reason="no_data"))
        choice = self.choose(wish)
        if isinstance(choice, Receipt):
            return Advice(choice)
        return self._remembered(prompt, choice, wish) or self._asked(prompt, choice, wish, hearing)

    def choose(self, wish: Wish) -> Choice | Receipt:
        """Whom to ask, or why nobody can be asked."""
        if wish.model == NO_MODEL:
            return Receipt("none", reason="not_wanted")
        try:
            choice = self._choice(wish)
        except (SecretUnreadable, Forbidden, InvalidInput) as error:
            return Receipt("failed", name=wish.model or None, error=error.message, code=error.code)
        return choice or Receipt("none", reason="no_key")

    def client(self, choice: Choice, wish: Wish, use: str) -> Client:
        """For questions to that model, which is put on record."""
        actor = COMMAND_LINE if wish.username is None else Actor(wish.username, "")
        host, model = choice.endpoint.host, choice.model
        self._audit.record("key_used", actor, use=use, key=choice.source, provider=host, model=model)
        return self._clients.at(choice.endpoint)

    def _choice(self, wish: Wish) -> Choice | None:
        return self._keys.resolve(wish.username, wish.model) if self._keys else None

    def _remembered(self, prompt: Prompt, choice: Choice, wish: Wish) -> Advice | None:
        """The answer to the same question, asked within the last days."""
        found = self._store.answers.find(_key(prompt, choice, wish), self._clock())
        written = recalled(prompt, found.text) if found else None
        if found is None or written is None:
            return None
        receipt = Receipt(
            "used",
            name=found.model,
            host=choice.endpoint.host,
            cost=0.0,
            request_id=found.request_id,
            cached=True,
            reasked=False,
            prompt_version=PROMPT_VERSION,
            prompt_hash=prompt.hash,
        )
        return Advice(receipt, written)

    def _asked(self, prompt: Prompt, choice: Choice, wish: Wish, hearing: Hearing) -> Advice:
        hearing.begun()
        client = self.client(choice, wish, "analysis")
        try:
            written = write(_Asking(client, choice.model, wish.temperature, hearing), prompt)
        except RequestCancelled:
            raise
        except LlmError as error:
            log.warning("advice: %s at %s failed: %s %s", choice.model, choice.endpoint.host, error.message, error.detail)
            return Advice(_failed(prompt, choice, error, error.usage))
        if not written.is_usable:
            refused = ClickstreamError(NOT_ACCEPTED, code="llm_text_refused")
            return Advice(_failed(prompt, choice, refused, written.usage, reasked=True))
        if not written.verdict.problems:
            text = msgspec.json.encode(written.parts).decode()
            self._store.answers.save(
                _key(prompt, choice, wish), SavedAnswer(text, written.model, written.request_id), self._clock()
            )
        return Advice(_used(prompt, choice, written), written)


class _Asking:
    """One question after another to one model, counting what it has written."""

    def __init__(self, client: Client, model: str, temperature: float | None, hearing: Hearing) -> None:
        self._client, self._model, self._temperature, self._hearing = client, model, temperature, hearing
        self._characters = 0

    def __call__(self, messages: Messages, schema: type[msgspec.Struct], max_tokens: int) -> Completion[msgspec.Struct]:
        return self._client.complete(
            messages,
            schema,
            model=self._model,
            max_tokens=max_tokens,
            temperature=self._temperature,
            cancel=self._hearing.cancel,
            on_text=self._heard,
        )

    def _heard(self, text: str) -> None:
        self._characters += len(text)
        self._hearing.heard(self._characters)


def _key(prompt: Prompt, choice: Choice, wish: Wish) -> str:
    """Of the question: what is asked, of whom, how freely, and which products the aliases stand for."""
    products = [offer.candidate.product.product_id for offer in prompt.offers.values()]
    question = [PROMPT_VERSION, prompt.hash, products, choice.endpoint.base_url, choice.model, wish.temperature]
    return hashlib.sha256(msgspec.json.encode(question)).hexdigest()


def _used(prompt: Prompt, choice: Choice, written: Written) -> Receipt:
    refused = {part: sentence_of(flaws, prompt.language) for part, flaws in written.verdict.problems.items()}
    return Receipt(
        "used",
        name=written.model or choice.model,
        host=choice.endpoint.host,
        usage=written.usage,
        cost=dollars(written.usage),
        request_id=written.request_id or None,
        cached=False,
        reasked=written.reasked,
        refused=refused or None,
        prompt_version=PROMPT_VERSION,
        prompt_hash=prompt.hash,
    )


def _failed(
    prompt: Prompt, choice: Choice, error: ClickstreamError, usage: Usage, *, reasked: bool | None = None
) -> Receipt:
    return Receipt(
        "failed",
        name=choice.model,
        host=choice.endpoint.host,
        error=error.message,
        code=error.code,
        usage=usage if usage != Usage() else None,
        cost=dollars(usage),
        reasked=reasked,
        prompt_version=PROMPT_VERSION,
        prompt_hash=prompt.hash,
    )


def dollars(usage: Usage) -> float | None:
    return None if usage.cost_usd is None else float(usage.cost_usd)
