"""JSON, strictly and within bounds."""

import pytest

from consensus.core.parts.documents import (
    DEEPEST,
    MOST_VALUES,
    Json,
    NotOneValue,
    dumps,
    found_in,
    loads,
)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '[{"b": {"a": 1, "a": 1}}]',
        "NaN",
        '{"a": Infinity}',
        '{"a": 1e999}',
        "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2),
        "[" * 100_000,
        f"[{'0,' * MOST_VALUES}0]",
        "9" * 5000,
        "",
        "{",
        "{'a': 1}",
    ],
)
def test_what_is_not_one_value_is_none(text: str) -> None:
    """Duplicate keys, no numbers, what is too deep, too large, or no JSON."""
    with pytest.raises(NotOneValue):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.0, "x", null, true]}', {"a": [1, 2.0, "x", None, True]}),
        ('Here it is:\n```json\n{"a": 1}\n```\nHope it helps.', {"a": 1}),
        ('First {"a": 0}, no: {"a": 1}.', {"a": 1}),
        ("The list is [1, 2].", [1, 2]),
        ("  7 ", 7),
        ('{"a": {"b": [1]}} trailing }', {"a": {"b": [1]}}),
    ],
)
def test_the_document_in_a_models_text(text: str, value: object) -> None:
    """All of it, a fenced block, or the last object or array."""
    assert found_in(text) == value


@pytest.mark.parametrize(
    "text", ["no document", "a { b", '```\n{"a": 1, "a": 2}\n```', "see {x} and [y"]
)
def test_a_text_without_a_document_has_none(text: str) -> None:
    """Nothing is guessed, and a document with a key twice is not half read."""
    with pytest.raises(NotOneValue):
        found_in(text)


def test_dumping_and_loading_changes_nothing() -> None:
    """Keys keep their order and letters theirs."""
    value: Json = {"z": "é", "a": [1, 1.5, None, {"n": "\n"}]}
    assert loads(dumps(value)) == value
    assert list(loads(dumps(value))) == ["z", "a"]  # type: ignore[arg-type]
