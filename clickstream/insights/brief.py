"""How the texts of a report are to be written: what to emphasise, wishes in one's own words, how freely."""

from __future__ import annotations

from dataclasses import dataclass

from clickstream.errors import InvalidInput
from clickstream.insights.presets import GENERAL, preset_named

MAX_PROMPT = 2_000
MAX_TEMPERATURE = 2.0


@dataclass(frozen=True)
class Brief:
    """`prompt` are wishes in one's own words; `temperature` None leaves it to the model.

    Both steer a model only; the preset also orders what is said without one.
    """

    preset: str = GENERAL
    prompt: str = ""
    temperature: float | None = None

    @property
    def wishes(self) -> dict[str, str]:
        """As a model is told them."""
        emphasis = {"emphasis": preset_named(self.preset).emphasis}
        return emphasis | ({"in_their_words": self.prompt} if self.prompt else {})


USUAL = Brief()


def read_brief(preset: str | None, prompt: str | None, temperature: float | None) -> Brief:
    """What somebody asked for; what is left open is as usual. Raises InvalidInput naming what cannot be used."""
    brief = Brief(preset or GENERAL, (prompt or "").strip(), temperature)
    preset_named(brief.preset)
    if len(brief.prompt) > MAX_PROMPT:
        raise InvalidInput(
            f"The prompt has {len(brief.prompt):,} characters, and may have {MAX_PROMPT:,}.",
            fields={"prompt": f"at most {MAX_PROMPT:,} characters"},
        )
    if temperature is not None and not 0 <= temperature <= MAX_TEMPERATURE:
        raise InvalidInput(
            f"The temperature goes from 0 to {MAX_TEMPERATURE:g}.", fields={"temperature": f"from 0 to {MAX_TEMPERATURE:g}"}
        )
    return brief
