"""How an answer with parts is asked for and read."""

import json

import pytest

from consensus.core.model import Format, FormatKind, Strategy
from consensus.core.parts.asking import calls_in, instructions, read_answer
from consensus.core.parts.documents import NotOneValue, dumps
from consensus.core.parts.schema import check, fault

SCHEMA = json.dumps({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
OBJECT = Format(FormatKind.OBJECT)
FITTING = Format(FormatKind.SCHEMA, SCHEMA)
TOOL = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {}, "u": {}}}}
TOOLS = Format(FormatKind.TOOLS, json.dumps([{"type": "function", "function": TOOL}]))
STRICT = {**TOOL, "parameters": json.loads(SCHEMA)}
STRICT_TOOLS = Format(FormatKind.TOOLS, json.dumps([STRICT]))


def test_a_text_is_asked_for_in_the_callers_own_words() -> None:
    """No wrapper, no word about its length; JSON is told what it is to fit."""
    assert instructions(Strategy.TEXT, None) == ""
    assert SCHEMA in instructions(Strategy.STRUCTURED, FITTING)
    assert "weather" in instructions(Strategy.STRUCTURED, TOOLS)
    assert "not allowed" in instructions(
        Strategy.STRUCTURED, Format(FormatKind.TOOLS, TOOLS.schema, required=True)
    )


def test_a_text_in_the_ballot_of_other_tasks_is_taken_out_of_it() -> None:
    """Where the reply is that object and nothing else; any other JSON is the text itself."""
    ballot = '{"answer": "First.\\nSecond.", "confidence": 0.9}'
    for said in (ballot, f"```json\n{ballot}\n```", f"<think>hm</think>\n{ballot}"):
        reading = read_answer(said, Strategy.TEXT, None)
        assert (reading.final, reading.confidence) == ("First.\nSecond.", 0.9)
    assert read_answer('{"answer": "Beta"}', Strategy.TEXT, None).final == "Beta"
    for kept in ('{"answer": "a", "why": "b"}', '{"answer": 5}', '["answer"]', f"So: {ballot}"):
        assert read_answer(kept, Strategy.TEXT, None).final == kept
    with pytest.raises(NotOneValue):
        read_answer('{"answer": " ", "confidence": 0.1}', Strategy.TEXT, None)


def test_a_text_is_read_whole() -> None:
    """But for the thought that it opens with; what looks like an answer object stays."""
    essay = 'Use {"answer": 5} so.\n\n```json\n{"answer": 6}\n```\nMore of it.'
    assert read_answer(f"<think>hm</think>\n{essay}\n", Strategy.TEXT, None).final == essay
    assert read_answer("x" * 100_000, Strategy.TEXT, None).final == "x" * 100_000
    for unread in ("", " \u200b", "x" * 100_001, "<think>only a thought"):
        with pytest.raises(NotOneValue):
            read_answer(unread, Strategy.TEXT, None)


@pytest.mark.parametrize(
    ("text", "wanted", "final"),
    [
        ('{"n": 5}', FITTING, '{"n": 5}'),
        ('Sure!\n```json\n{"n":5}\n```', FITTING, '{"n": 5}'),
        ("[1,2]", None, "[1, 2]"),
        ('{"a": null}', OBJECT, '{"a": null}'),
        (
            '{"calls": [{"name": "weather", "arguments": {"city": "Oslo", "u": null}}]}',
            TOOLS,
            '[{"weather": {"city": "Oslo"}}]',
        ),
        ('{"name": "weather", "arguments": "{}"}', TOOLS, '[{"weather": {}}]'),
        ('{"answer": "No tool knows."}', TOOLS, '"No tool knows."'),
    ],
)
def test_json_is_read(text: str, wanted: Format | None, final: str) -> None:
    """In one spelling."""
    assert read_answer(text, Strategy.STRUCTURED, wanted).final == final


@pytest.mark.parametrize(
    ("text", "wanted", "why"),
    [
        ('{"n": "5"}', FITTING, "schema"),
        ("{}", FITTING, "schema"),
        ('{"n": 1, "n": 2}', FITTING, "twice"),
        ("[1]", OBJECT, "no JSON object"),
        ("no JSON", OBJECT, "no JSON"),
        ('{"calls": [{"name": "rm", "arguments": {}}]}', TOOLS, "not offered"),
        ('{"calls": []}', TOOLS, "calls nothing"),
        ('{"calls": [{"name": "weather", "arguments": [1]}]}', TOOLS, "no object"),
        ('{"calls": [5]}', TOOLS, "no call"),
        ('{"calls": [{"name": "weather", "arguments": {}}]}', STRICT_TOOLS, "as its tool wants"),
        (
            '{"answer": "words"}',
            Format(FormatKind.TOOLS, TOOLS.schema, required=True),
            "as it must",
        ),
    ],
)
def test_what_is_not_as_it_was_wanted_is_no_vote(text: str, wanted: Format, why: str) -> None:
    """And says why, without repeating what the model wrote."""
    with pytest.raises(NotOneValue, match=why):
        read_answer(text, Strategy.STRUCTURED, wanted)


def test_calls_come_out_as_they_are_made() -> None:
    """Or the words of who calls nothing."""
    assert calls_in('[{"f": {"x": 1}}]') == [{"name": "f", "arguments": {"x": 1}}]
    assert calls_in('"No."') == "No."


@pytest.mark.parametrize(
    "schema",
    ['{"type": "no"}', "5", "{", '{"$ref": "https://example.org/x"}', '{"$ref": "#/no"}'],
)
def test_a_schema_that_is_none(schema: str) -> None:
    """Or that needs another document."""
    with pytest.raises(NotOneValue):
        check(schema)


def test_hostile_schemas_and_values_are_checked_in_bounds() -> None:
    """A pattern that would run away, a schema of itself, a thousand fields, ten thousand items."""
    assert fault("a" * 60 + "!", '{"pattern": "^(a+)+$"}')
    assert fault({"a": {"a": {}}}, '{"properties": {"a": {"$ref": "#"}}}') == ""
    wide = {f"f{n}": {"type": "integer"} for n in range(1000)}
    assert fault({"f999": "x"}, dumps({"type": "object", "properties": wide}))  # type: ignore[dict-item]
    assert fault(list(range(10_000)), '{"items": {"type": "integer"}}') == ""
