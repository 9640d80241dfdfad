"""What people are told of wrong values: words of ours, whatever the validator is."""

from __future__ import annotations

import pytest

from consensus.config import Settings
from consensus.core.errors import ConfigurationError

JSON = ("CONSENSUS_EXTRA_BODY", "CONSENSUS_HEADERS")
JARGON = ("Input should", "unable to parse", "Field required", "type=", "pydantic", "errors.")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CONSENSUS_WORKERS", "abc", "CONSENSUS_WORKERS must be a whole number"),
        ("CONSENSUS_RETENTION_DAYS", "1.5", "CONSENSUS_RETENTION_DAYS must be a whole number"),
        ("CONSENSUS_MAX_COST_USD", "-1", "CONSENSUS_MAX_COST_USD must be at least 0"),
        ("CONSENSUS_MAX_COST_USD", "cheap", "CONSENSUS_MAX_COST_USD must be a number"),
        ("CONSENSUS_LEARN", "perhaps", "CONSENSUS_LEARN must be true or false"),
        (
            "CONSENSUS_LOG_LEVEL",
            "loud",
            "CONSENSUS_LOG_LEVEL must be one of DEBUG, INFO, WARNING or ERROR",
        ),
        ("CONSENSUS_EXTRA_BODY", "{a}", "CONSENSUS_EXTRA_BODY must be JSON"),
        ("OPENAI_BASE_URL", "https://me:key@x", "OPENAI_BASE_URL must hold no name or password"),
    ],
)
def test_a_wrong_setting_is_told_in_a_person_s_words(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    """With its name, and without the value, which may be a key."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as refused:
        Settings.read()
    assert said in str(refused.value)
    assert not any(word in str(refused.value) for word in JARGON)
    assert value not in str(refused.value).removeprefix(said)


def test_every_setting_has_words_for_what_is_no_value_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All at once: a setting of a new kind shows here if nobody found words for it."""
    for variable in Settings.variables():
        if variable not in JSON:  # told before all others
            monkeypatch.setenv(variable, "nonsense\N{SNOWMAN}")
    with pytest.raises(ConfigurationError) as refused:
        Settings.read()
    told = str(refused.value)
    assert told.count("; ") > 20
    assert not any(word in told for word in JARGON), told
