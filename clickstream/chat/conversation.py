"""One question put to a model: it measures through our tools, then answers in sentences that are checked one by one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from clickstream.chat.call import About
from clickstream.chat.evidence import DoesNotAddUp, Evidence
from clickstream.chat.prompt import Prompt, again, result_of
from clickstream.chat.sentences import Sentences
from clickstream.chat.speaking import Refused, Speaking
from clickstream.chat.texts import not_in_the_data
from clickstream.chat.tools import NOT_IN_THE_DATA, read_tool_call, tools
from clickstream.errors import InvalidInput
from clickstream.insights.judging import messages_of
from clickstream.llm import Client, LlmError, ToolCall, Usage, with_calls, with_result
from clickstream.llm.errors import Cancelled
from clickstream.llm.tools import Message, ToolChoice

log = logging.getLogger(__name__)

MOST_ROUNDS = 4
"""Of tool calls; then the model has to answer."""
MOST_CALLS = 12
"""That are measured for one answer."""
MAX_TOKENS = 4_000


class Asking:
    """One request after another to one model, counting what they cost."""

    def __init__(self, client: Client, model: str, cancel: threading.Event) -> None:
        self._client, self._model, self._cancel = client, model, cancel
        self.name, self.usage, self.request_id = model, Usage(), ""

    def __call__(
        self, messages: Sequence[Message], choice: ToolChoice, hear: Callable[[str], None]
    ) -> tuple[str, tuple[ToolCall, ...]]:
        """What it says, sentence by sentence, and what it wants measured. Raises an LlmError."""
        cut = Sentences()

        def on_text(piece: str) -> None:
            for sentence in cut.feed(piece):
                hear(sentence)

        try:
            found = self._client.complete(
                messages,
                model=self._model,
                max_tokens=MAX_TOKENS,
                cancel=self._cancel,
                on_text=on_text,
                tools=tools(),
                tool_choice=choice,
            )
        except LlmError as error:
            self.usage += error.usage
            raise
        self.name, self.request_id = found.model, found.request_id
        self.usage += found.usage
        for sentence in cut.close():
            hear(sentence)
        return found.text, found.calls

    def stop_if_cancelled(self) -> None:
        if self._cancel.is_set():
            raise Cancelled


class Conversation:
    """`reasked` says whether sentences had to be written anew."""

    def __init__(self, asking: Asking, prompt: Prompt, about: About, evidence: Evidence, speaking: Speaking) -> None:
        self.asking, self._about, self._evidence, self._speaking = asking, about, evidence, speaking
        self._messages: list[Message] = list(prompt.messages)
        self._measured = 0
        self._is_missing = False
        self.reasked = False

    def hold(self) -> None:
        """Until the model has answered. What it says before it calls a tool counts only where it may be shown."""
        for number in range(MOST_ROUNDS + 1):
            self._speaking.refused = []
            said, calls = self.asking(self._messages, "auto" if number < MOST_ROUNDS else "none", self._speaking.hear)
            if not calls:
                self._mend(said)
                break
            self._messages.append(with_calls(said, calls))
            self._messages += [with_result(call, self._result(call)) for call in calls]
            if all(call.name == NOT_IN_THE_DATA for call in calls):
                break
        if self._is_missing and not self._speaking.shown:
            self._speaking.say_plainly(not_in_the_data(self._about.language))

    def _result(self, call: ToolCall) -> str:
        self.asking.stop_if_cancelled()
        if call.name == NOT_IN_THE_DATA:
            self._is_missing = True
            return _json({"told": True})
        try:
            return self._measure(call)
        except (InvalidInput, DoesNotAddUp) as error:
            log.info("chat: a call of %.40r was refused: %s", call.name, error.fields or error.message)
            return _json({"error": error.message, "fields": error.fields})

    def _measure(self, call: ToolCall) -> str:
        wanted = read_tool_call(call, self._about)
        if self._evidence.known(wanted) is None:
            self._measured += 1
            if self._measured > MOST_CALLS:
                raise InvalidInput("No more can be measured for this answer: answer from what there is.")
            self._speaking.tell("measuring", {"call": wanted.described()})
        return result_of(self._evidence.measure(wanted))

    def _mend(self, said: str) -> None:
        """Ask once more for the sentences that were refused; what still fails is withheld."""
        refused, shown = self._speaking.refused, len(self._speaking.shown)
        if not refused:
            return
        self._speaking.refused, self.reasked = [], True
        problems = [(sentence, messages_of(flaws)) for sentence, flaws in refused]
        messages = [*self._messages, {"role": "assistant", "content": said}, again(problems)]
        try:
            self.asking(messages, "none", self._speaking.hear)
        except Cancelled:
            raise
        except LlmError as error:
            log.warning("chat: the second try failed: %s", error.message)
        self._withhold(refused, mended=len(self._speaking.shown) - shown)

    def _withhold(self, refused: list[Refused], *, mended: int) -> None:
        left = [*self._speaking.refused, *refused][: max(0, len(refused) - mended)]
        self._speaking.withhold(left)


def _json(said: Mapping[str, Any]) -> str:
    return msgspec.json.encode(said).decode()
