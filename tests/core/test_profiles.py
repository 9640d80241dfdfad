"""Profiles give what a request does not say, and never contradict what it does."""

from __future__ import annotations

import pytest

from consensus.core.analysis import analyse
from consensus.core.model import Message, Options, Strategy
from consensus.core.profiles import BUILT_IN, Profile, with_profile

FAST = Profile("fast", Options(min_votes=2, max_votes=5, strategy=Strategy.EXACT))


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        (Options(), FAST.options),
        (Options(strategy=Strategy.NUMERIC), Options(Strategy.NUMERIC, min_votes=2, max_votes=5)),
        (Options(min_votes=9), Options(Strategy.EXACT, min_votes=9, max_votes=9)),
        (Options(max_votes=1), Options(Strategy.EXACT, min_votes=1, max_votes=1)),
        (Options(min_votes=3, max_votes=20), Options(Strategy.EXACT, min_votes=3, max_votes=20)),
    ],
)
def test_what_is_asked_comes_first(asked: Options, options: Options) -> None:
    """Field by field; the profile's other bound gives way."""
    assert with_profile(asked, FAST) == options


@pytest.mark.parametrize("profile", BUILT_IN)
def test_the_built_in_profiles_can_be_planned(profile: Profile) -> None:
    """Analysis takes each as it stands."""
    analyse((Message("user", "What is 2 + 2?"),), with_profile(Options(), profile))
