"""Profiles: named ways of asking the panel, which clients know as models.

A profile is a task's options under a name, and what is said where there is no consensus. What a
request says itself comes before its profile.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final

from consensus.core.model import Options

DEFAULT: Final = "consensus"


class Unsettled(StrEnum):
    """How a client is told that there is no consensus."""

    REFUSE = "refuse"  # as a model's refusal: programs that read the content alone find none
    EXPLAIN = "explain"  # in words, with the leading answer, for people who read along
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named way of asking."""

    name: str = DEFAULT
    options: Options = Options()
    no_consensus: Unsettled = Unsettled.REFUSE


BUILT_IN: Final = (
    Profile(),
    Profile("consensus-fast", Options(min_votes=2, max_votes=5)),
    Profile("consensus-careful", Options(min_votes=5, max_votes=25, min_agreement=0.8)),
    Profile("consensus-chat", no_consensus=Unsettled.EXPLAIN),
)


def with_profile(asked: Options, profile: Profile) -> Options:
    """The options as asked, and the profile's where nothing was; a bound asked for moves its pair.

    A request that asks for twenty votes of a profile with at most five is given twenty.
    """
    given = {f.name: getattr(asked, f.name) for f in fields(asked)}
    known = {name: value for name, value in given.items() if value is not None}
    options = replace(profile.options, **known)
    least, most = options.min_votes, options.max_votes
    if least is not None and most is not None and least > most:
        if asked.min_votes is None:
            return replace(options, min_votes=most)
        if asked.max_votes is None:
            return replace(options, max_votes=least)
    return options
