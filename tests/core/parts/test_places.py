"""Which values with parts are the same."""

from collections import Counter

import pytest

from consensus.core.parts.calls import as_calls, as_value, calls_shape
from consensus.core.parts.documents import Json
from consensus.core.parts.places import likeness, same
from consensus.core.parts.shapes import Atom, List, Open, Record, Set, shape_of

FOUND, COMPUTED = Open(), Open(ordered=True, letter=True)
SAME: list[tuple[Json, Json]] = [
    (3, 3.0),
    (0.1 + 0.2, 0.3),
    ("New York, NY", "new york ny"),
    ("Paris!", "paris"),
    ("It is in Paris.", "it is in Paris"),
    ("  well-known  fact", "Well known fact"),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {"a": 1, "b": None}),
    ({"a": 1, "b": []}, {"a": 1}),
    ([1, 2, 2], [2, 1, 2]),
    ([{"n": "A"}, {"n": "B"}], [{"n": "b"}, {"n": "a"}]),
]
DIFFERENT: list[tuple[Json, Json]] = [
    (5, "5"),
    (1, True),
    (0, False),
    (None, "null"),
    (None, 0),
    (-5, 5),
    ("-5", "5"),
    ("3.14", "314"),
    ("2-3", "2 3"),
    ("C++", "C"),
    ("$5", "5"),
    ("a+b", "ab"),
    ("x - y", "x y"),
    ("aB3xZ", "Ab3Xz"),
    ("São Paulo", "Sao Paulo"),
    ("x²", "x2"),
    ("it's", "its"),
    ("Acme Inc.", "Acme Inc"),
    ({"a": 1}, {"A": 1}),
    ({"é": 1}, {"e": 1}),
    ({"a": 1}, [1]),
    ({"a": 1}, 1),
    ([1, 2], [1, 2, 2]),
    ([[1], 2], [1, [2]]),
    ({"a": {"b": 1}}, {"a": 1, "b": 1}),
    ({"a": ""}, {"a": None}),
    (10**30, 10**30 + 1),
    ({'a":1,"b': 1}, {"a": 1, "b": 1}),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_values_that_are_the_same(a: Json, b: Json) -> None:
    """Notation, order of keys and of what has no order, and what says nothing."""
    assert same(a, b, FOUND)
    assert same(b, a, FOUND)


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_values_that_are_not(a: Json, b: Json) -> None:
    """No type is another, no sign, symbol or digit is dropped, no key is folded."""
    assert not same(a, b, FOUND)
    assert not same(a, b, COMPUTED)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1, 2], [2, 1]), ("Yes", "yes"), ({"a": 1}, {"a": 1, "b": None}), ([], None)],
)
def test_a_computed_value_is_compared_to_the_letter(a: Json, b: Json) -> None:
    """Its order, its case and its nulls are what was computed."""
    assert not same(a, b, COMPUTED)


def test_a_schema_says_how_places_compare() -> None:
    """Types, formats, required fields, references, choices of which one is null."""
    schema = {
        "type": "object",
        "properties": {
            "when": {"type": "string", "format": "date-time"},
            "code": {"type": "string", "pattern": "^[A-Za-z]+$"},
            "count": {"type": "integer"},
            "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "unit": {"enum": ["m", "M"]},
        },
        "required": ["count"],
        "$defs": {"tag": {"type": "string"}},
    }
    shape = shape_of(schema)
    assert same({"when": "2026-01-01T10:00:00Z"}, {"when": "2026-01-01T11:00:00+01:00"}, shape)
    assert not same({"when": "2026-01-01T10:00:00Z"}, {"when": "2026-01-01T10:00:00"}, shape)
    assert not same({"code": "ab"}, {"code": "AB"}, shape)
    assert not same({"unit": "m"}, {"unit": "M"}, shape)
    assert not same({"count": 5}, {"count": 5.0}, shape)
    assert same({"tags": ["A", "b"]}, {"tags": ["B", "a"]}, shape)
    assert same({"note": None, "count": 1}, {"count": 1}, shape)


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"type": "object", "properties": {"child": {"$ref": "#"}}},
        {"$ref": "https://example.org/x.json"},
        {"$ref": "#/nowhere"},
        {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": 5, "properties": 7, "required": "x"},
        {"type": ["object", "null"], "properties": {"a": True}},
        {"items": [1, 2]},
        None,
        True,
        [],
        "object",
    ],
)
def test_any_schema_has_a_shape(schema: object) -> None:
    """What is recursive, elsewhere or none leaves its places open."""
    assert isinstance(shape_of(schema), Atom | Record | List | Set | Open)
    assert same({"child": {"child": {"a": 1}}}, {"child": {"child": {"a": 1}}}, shape_of(schema))


def test_a_shape_grows_no_faster_than_its_schema() -> None:
    """References that double at each level are read once each."""
    defs = {
        f"d{n}": {
            "type": "object",
            "properties": {"l": {"$ref": f"#/$defs/d{n + 1}"}, "r": {"$ref": f"#/$defs/d{n + 1}"}},
        }
        for n in range(60)
    }
    assert isinstance(shape_of({"$ref": "#/$defs/d0", "$defs": defs}), Record)


def test_tool_calls_compare_by_their_tools() -> None:
    """Parallel calls in any order, null for an absent argument, a default for itself."""
    tools = [
        {
            "name": "weather",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string"},
                    "unit": {"type": "string", "default": "C"},
                    "path": {"type": "array", "items": {"type": "integer"}},
                },
                "required": ["city"],
            },
        }
    ]
    shape = calls_shape([{"type": "function", "function": tools[0]}])

    def calls(*arguments: dict[str, Json], name: str = "weather") -> Json:
        return as_value([{"name": name, "arguments": a} for a in arguments])

    oslo: dict[str, Json] = {"city": "Oslo"}
    bergen: dict[str, Json] = {"city": "Bergen"}
    assert same(calls(oslo, bergen), calls(bergen, oslo), shape)
    assert same(calls(oslo), calls({"city": "oslo", "unit": "C"}), shape)
    assert same(calls(oslo), calls({"city": "Oslo", "path": None}), shape)
    assert not same(calls(oslo), calls({"city": "Oslo", "unit": "F"}), shape)
    assert not same(calls(oslo), calls(oslo, oslo), shape)
    assert not same(calls(oslo), calls(oslo, name="forecast"), shape)
    assert not same(
        calls({"city": "Oslo", "path": [1, 2]}), calls({"city": "Oslo", "path": [2, 1]}), shape
    )
    assert as_calls(calls(oslo)) == [{"name": "weather", "arguments": oslo}]


def test_likeness_is_the_share_of_leaves_in_common() -> None:
    """Counted as often as both have them."""
    assert likeness(Counter("aab"), Counter("aac")) == pytest.approx(2 / 3)
    assert likeness(Counter(), Counter()) == 1.0
