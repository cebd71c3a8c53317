"""What an experiment says so far: an arm that differs from the control beyond chance, or why none can be told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from clickstream.facts import Fact
from clickstream.insights.formats import direction_of, lies_flat
from clickstream.insights.speech import ACT, DECIDE, DIFFERENCES, INSIGHT, RECOMMEND, RISK, Line, Say, Speaker, slots
from clickstream.languages import message

ARM = "variants.arm."
ABOVE = message(
    "In the experiment %(experiment)s, %(name)s stands above the control %(control)s beyond chance: %(rate)s of "
    "%(sessions)s bought, against %(control_rate)s; the gap is %(gap)s."
)
BELOW = message(
    "In the experiment %(experiment)s, %(name)s stands below the control %(control)s beyond chance: %(rate)s of "
    "%(sessions)s bought, against %(control_rate)s; the gap is %(gap)s."
)
KEEP = message(
    "Decide whether %(name)s becomes the rule: in the experiment %(experiment)s, %(rate)s of %(sessions)s bought, "
    "%(gap)s above the control."
)
STOP = message(
    "Stop showing %(name)s, or find out what is wrong with it: in the experiment %(experiment)s, %(rate)s of "
    "%(sessions)s bought, %(gap)s below the control."
)
UNDECIDED = message(
    "Let the experiment %(experiment)s run on: to find the change that was planned for, %(name)s and the control need "
    "%(needed)s each, and %(name)s has %(sessions)s."
)
UNBALANCED = message(
    "In the experiment %(experiment)s, the arms did not get the visitors they should have: %(name)s has %(visitors)s and "
    "should have %(expected)s. No difference between arms can be trusted until the cause is found."
)


def lines(speaker: Speaker) -> Iterator[Line]:
    speaker = replace(speaker.about("experiments"), area="experiments")
    yield from _unbalanced(speaker)
    for fact in speaker.sheet.under(ARM):
        if fact.id.endswith(".conversion_difference") and not lies_flat(fact):
            yield from _differing(speaker, fact)
        elif fact.id.endswith(".needed"):
            yield from _undecided(speaker, fact)


def _unbalanced(speaker: Speaker) -> Iterator[Line]:
    experiment, name = slots("variants", "experiment", "unbalanced.name")
    visitors, expected = slots("variants.unbalanced", "visitors", "expected")
    say: Say = partial(speaker.say, experiment=experiment, name=name, visitors=visitors, expected=expected)
    for section in (RISK, DIFFERENCES):
        yield from say(section, speaker.number("variants.sessions"), UNBALANCED)


def _differing(speaker: Speaker, difference: Fact) -> Iterator[Line]:
    prefix, direction = difference.id.rpartition(".")[0], direction_of(difference)
    experiment, control, control_rate = slots("variants", "experiment", "control", "control_rate")
    name, rate, gap = slots(prefix, "name", "conversion_rate", "conversion_difference")
    sessions, stake = speaker.counted(f"{prefix}.sessions", "session"), float(difference.n or 0)
    named = partial(speaker.say, direction=direction, experiment=experiment, name=name)
    say: Say = partial(named, rate=rate, sessions=sessions, gap=gap)
    for section in (INSIGHT, DIFFERENCES):
        text = ABOVE if direction == "up" else BELOW
        yield from say(section, stake, text, chart="variants", control=control, control_rate=control_rate)
    yield from say(DECIDE, stake, KEEP) if direction == "up" else say(RECOMMEND, stake, STOP)


def _undecided(speaker: Speaker, needed: Fact) -> Iterator[Line]:
    """Nothing is asked of an arm that is decided, has what it needs, or cannot be trusted."""
    prefix = needed.id.rpartition(".")[0]
    has = speaker.number(f"{prefix}.sessions")
    decided = f"{prefix}.conversion_difference" in speaker.sheet
    if decided or has >= float(needed.value) or "variants.unbalanced.name" in speaker.sheet:
        return
    experiment, name = slots("variants", "experiment")[0], slots(prefix, "name")[0]
    wanted, sessions = (speaker.counted(f"{prefix}.{key}", "session") for key in ("needed", "sessions"))
    for section in (ACT, DIFFERENCES):
        yield from speaker.say(section, has, UNDECIDED, experiment=experiment, name=name, needed=wanted, sessions=sessions)
