"""One answer from its question to what is saved: by a model, or computed, with the receipt of what became of the model."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import msgspec

from clickstream.analysis import Receipt
from clickstream.analysis.advice import NOT_ACCEPTED, Wish, dollars
from clickstream.analysis.allowance import Allowance
from clickstream.analysis.run import Means
from clickstream.chat.about import about_of
from clickstream.chat.computed import answer_computed, measure_for
from clickstream.chat.conversation import Asking, Conversation
from clickstream.chat.evidence import Evidence
from clickstream.chat.prompt import PROMPT_VERSION, Prompt, build_prompt
from clickstream.chat.speaking import Speaking, Tell
from clickstream.chat.suggestions import suggestions
from clickstream.errors import ClickstreamError, QuotaUsed
from clickstream.facts import Fact, FactSheet
from clickstream.keys import Choice
from clickstream.llm import LlmError
from clickstream.llm.errors import Cancelled
from clickstream.store.chats import ChatMessage

log = logging.getLogger(__name__)

Status = Literal["done", "stopped", "failed"]


@dataclass(frozen=True)
class Asked:
    """A question about an analysis (as it is saved) with what was said in its chat before."""

    question: str
    analysis: Mapping[str, Any]
    wish: Wish
    language: str
    earlier: Sequence[ChatMessage] = ()


class Making:
    """`tell` hears the stream's events; setting `cancel` ends the answer at once."""

    def __init__(self, means: Means, allowance: Allowance, asked: Asked, tell: Tell, cancel: threading.Event) -> None:
        self._means, self._allowance, self._asked, self._tell, self._cancel = means, allowance, asked, tell, cancel
        self._withheld = 0

    def answer(self) -> ChatMessage:
        """The answer's fields as they are saved. Raises what stops it from being measured.

        What is measured is what the dashboard shows at that moment: a question does not make the database hurry.
        """
        means, asked = self._means, self._asked
        with means.measuring:
            self._about = about_of(means.store, means.settings, asked.analysis, asked.language, means.clock())
        self._sheet = FactSheet(msgspec.convert(asked.analysis["facts"], list[Fact]))
        choice = self._choice()
        if isinstance(choice, Receipt):
            return self._computed(choice)
        return self._written(choice)

    def _choice(self) -> Choice | Receipt:
        wish = self._asked.wish
        choice = self._means.advisor.choose(wish)
        if isinstance(choice, Receipt):
            return choice
        try:
            self._allowance.take(wish)
        except QuotaUsed as error:
            return Receipt("failed", name=choice.model, error=error.message, code=error.code)
        return choice

    def _written(self, choice: Choice) -> ChatMessage:
        """What the model says of it that passes; computed where nothing does."""
        asked, about = self._asked, self._about
        evidence, speaking = self._stage()
        client = self._means.advisor.client(choice, asked.wish, "chat")
        if not client.takes_tools(choice.model):
            measure_for(asked.question, about, evidence, speaking)
        prompt = build_prompt(asked.question, evidence, asked.earlier)
        asking = Asking(client, choice.model, self._cancel)
        conversation = Conversation(asking, prompt, about, evidence, speaking)
        receipt, failure = partial(_receipt, choice, prompt, conversation), None
        try:
            conversation.hold()
        except Cancelled:
            return self._fields(evidence, speaking, receipt(None), "stopped")
        except LlmError as error:
            log.warning("chat: %s at %s failed: %s %s", choice.model, choice.endpoint.host, error.message, error.detail)
            failure = error
        self._withheld = speaking.withheld
        if speaking.shown:
            return self._fields(evidence, speaking, receipt(failure), "failed" if failure else "done", failure)
        return self._computed(receipt(failure or ClickstreamError(NOT_ACCEPTED, code="llm_text_refused")))

    def _computed(self, receipt: Receipt) -> ChatMessage:
        evidence, speaking = self._stage()
        following = answer_computed(self._asked.question, self._about, evidence, speaking)
        fields = self._fields(evidence, speaking, receipt, "done")
        return {**fields, "source": "computed", "withheld": self._withheld, "suggestions": following}

    def _stage(self) -> tuple[Evidence, Speaking]:
        evidence = Evidence(self._means, self._about, self._sheet, self._asked.analysis["watermark"])
        return evidence, Speaking(evidence, self._about.language, self._tell)

    def _fields(
        self,
        evidence: Evidence,
        speaking: Speaking,
        receipt: Receipt,
        status: Status,
        failure: ClickstreamError | None = None,
    ) -> ChatMessage:
        return {
            "status": status,
            "source": "model",
            "text": speaking.text,
            "sentences": msgspec.to_builtins(speaking.shown),
            "facts": msgspec.to_builtins(speaking.cited()),
            "calls": [measurement.described() for measurement in evidence.measurements],
            "withheld": speaking.withheld,
            "suggestions": suggestions(self._sheet, self._about.report, self._about.language),
            "model": msgspec.to_builtins(receipt),
            "error": failure.message if failure else None,
        }


def _receipt(choice: Choice, prompt: Prompt, conversation: Conversation, failure: ClickstreamError | None) -> Receipt:
    asking = conversation.asking
    return Receipt(
        "failed" if failure else "used",
        name=asking.name or choice.model,
        host=choice.endpoint.host,
        error=failure.message if failure else None,
        code=failure.code if failure else None,
        usage=asking.usage,
        cost=dollars(asking.usage),
        request_id=asking.request_id or None,
        cached=False,
        reasked=conversation.reasked,
        prompt_version=PROMPT_VERSION,
        prompt_hash=prompt.hash,
    )
