"""What callers send over HTTP: request bodies to values.

Reading is total: any bytes give a value or a CallerError that names the field and says what it
takes. Nothing of the caller's text is repeated in an error.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from consensus.codec.mistakes import Mistakes, at, pointer_to
from consensus.core.errors import CallerError, InvalidTask
from consensus.core.figures import too_much
from consensus.core.model import (
    Compose,
    Format,
    FormatKind,
    Message,
    Options,
    Strategy,
    Voting,
)
from consensus.core.parts.asking import check_format
from consensus.core.parts.documents import NotOneValue
from consensus.core.plain import visible

ROLES = ("system", "user", "assistant")
MAX_VOTES = 64
METADATA_ENTRIES = 16
METADATA_KEY_LENGTH = 64
METADATA_VALUE_LENGTH = 512
FEEDBACK_LENGTH = 16_000
SCHEMA_BYTES = 100_000
MOST_TOOLS = 128

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


class Malformed(CallerError):
    """Not JSON, not UTF-8, or a header outside its grammar (400)."""

    reason = "MALFORMED"


class TooLarge(CallerError):
    """More text than the service takes (413)."""

    reason = "TOO_LARGE"


class UnknownField(InvalidTask):
    """A field that the surface does not have (422)."""

    reason = "UNKNOWN_FIELD"


class ReservedField(InvalidTask):
    """A field that the surface keeps for later (422)."""

    reason = "RESERVED_FIELD"


@dataclass(frozen=True, slots=True)
class Submission:
    """A request body as values. fingerprint is the SHA-256 of its canonical JSON, in hex."""

    messages: tuple[Message, ...]
    prompt: str | None = None
    options: Options = Options()
    metadata: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody says of an answer: whether it is right, or what is."""

    correct: bool | None = None
    answer: str | None = None


def read_submission(body: bytes, max_prompt_bytes: int) -> Submission:
    """A POSTed task. Raises Malformed, InvalidTask (unknown or reserved fields too), TooLarge."""
    return submission_of(read_object(body), max_prompt_bytes)


def read_object(body: bytes) -> dict[str, object]:
    """The JSON object that a body is. Raises Malformed."""
    document = parse(body)
    if not isinstance(document, dict):
        raise Malformed("The body must be one JSON object.")
    return document


def submission_of(document: Mapping[str, object], max_prompt_bytes: int) -> Submission:
    """What a task's JSON object asks for. Raises as `read_submission` does."""
    given = {name: value for name, value in document.items() if value is not None}
    found = Mistakes()
    _refuse_unknown(given, found)
    prompt: str | None = None
    messages: tuple[Message, ...] = ()
    with found.gathered():
        prompt, messages = _conversation(given)
    said = sum(len(m.content.encode()) for m in messages)
    with found.gathered("#/messages" if prompt is None else "#/prompt"):
        if said > max_prompt_bytes:
            raise TooLarge(f"The prompt is too long: {too_much(said, max_prompt_bytes)}.")
    options = _options(given, found)
    with found.gathered():
        metadata = metadata_of(given.get("metadata", {}))
    found.tell()
    return Submission(messages, prompt, options, metadata, fingerprint(document))


def read_feedback(body: bytes) -> Judgement:
    """A POSTed word on an answer. Raises Malformed, InvalidTask, TooLarge."""
    document = read_object(body)
    found = Mistakes()
    unknown = sorted(set(document) - {"correct", "answer"})
    for name in unknown:
        with found.gathered(pointer_to(name)):
            raise UnknownField("Feedback takes correct and answer, and nothing else.")
    correct, answer = document.get("correct"), document.get("answer")
    with found.gathered():
        if correct is None and answer is None and not unknown:
            raise InvalidTask('Say {"correct": true}, {"correct": false} or {"answer": "..."}.')
    with found.gathered("#/correct"):
        if not isinstance(correct, bool | None) or ("correct" in document and correct is None):
            raise InvalidTask("correct must be true or false.")
    said = None
    with found.gathered("#/answer"):
        said = _spoken("answer", answer) if "answer" in document else None
        if said is not None and correct:
            raise InvalidTask("The result is right, or another answer is: say one of the two.")
        if said is not None and len(said) > FEEDBACK_LENGTH:
            raise TooLarge(
                f"answer is too long: {len(said):,} characters, at most {FEEDBACK_LENGTH:,}."
            )
    found.tell()
    return Judgement(bool(correct) if correct is not None else None, said)


def refuse_long_texts(body: bytes, max_prompt_bytes: int) -> None:
    """Raise TooLarge for JSON with a text longer than any that a task may have, without parsing it.

    What is counted is the least that the text can be: an escape may stand for one byte.
    """
    most = max(max_prompt_bytes, SCHEMA_BYTES)
    if len(body) <= most:
        return
    texts = body.replace(rb"\\", b"_").replace(rb"\"", b"_").split(b'"')[1::2]
    longest = max(texts, key=len, default=b"")
    least = len(longest) - 5 * longest.count(rb"\u") - longest.count(b"\\")
    if least > most:
        raise TooLarge(f"A text of the request is too long: {too_much(least, most)}.")


def parse(body: bytes) -> object:
    """Strict JSON: UTF-8, no NaN or Infinity, no name twice in an object. Raises Malformed."""
    repeated: list[tuple[dict[str, object], str]] = []

    def kept(pairs: list[tuple[str, object]]) -> dict[str, object]:
        known = dict(pairs)
        if len(known) != len(pairs) and not repeated:  # the first is told
            (name, _), *_rest = Counter(name for name, _ in pairs).most_common(1)
            repeated.append((known, name))
        return known

    try:
        document = json.loads(body.decode(), parse_constant=_no_constant, object_pairs_hook=kept)
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8. Encode the JSON as UTF-8.") from None
    except (ValueError, RecursionError):
        raise Malformed("The body is not valid JSON. Send one JSON object.") from None
    for where, name in repeated:
        with at(_pointer_within(document, where, name)):
            # As ASCII and cut: the name is the caller's text, and may be anything.
            raise Malformed(f"{json.dumps(name)[:80]} is given twice. Give each name once.")
    return document


def _pointer_within(document: object, wanted: Mapping[str, object], name: str) -> str:
    """The JSON Pointer of a member of that very object; "" where it is not in the document."""
    found: list[tuple[object, tuple[str, ...]]] = [(document, ())]
    while found:
        value, steps = found.pop()
        if value is wanted:
            return pointer_to(*steps, name)
        if isinstance(value, dict):
            found += [(inner, (*steps, key)) for key, inner in value.items()]
        elif isinstance(value, list):
            found += [(inner, (*steps, str(n))) for n, inner in enumerate(value)]
    return ""


def fingerprint(document: object) -> str:
    """SHA-256 of the canonical JSON, in hex: the same for any spacing or order of names."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _no_constant(_: str) -> object:
    raise ValueError


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidTask(f"{what} must be a JSON object.")
    return value


def _refuse_unknown(document: Mapping[str, object], found: Mistakes) -> None:
    known = {"prompt", "messages", "metadata", *_OPTIONS}
    unknown = sorted(set(document) - known)
    for name in unknown:
        # As ASCII and cut: the name is the caller's text, and may be anything.
        said = f"Unknown field {json.dumps(name)[:80]}."
        with found.gathered(pointer_to(name)):
            last = name == unknown[-1]
            raise UnknownField(f"{said} Known: {', '.join(sorted(known))}." if last else said)


def _conversation(document: Mapping[str, object]) -> tuple[str | None, tuple[Message, ...]]:
    one_of_two = InvalidTask("Give either prompt or messages, and not both.")
    if "prompt" not in document and "messages" not in document:
        raise one_of_two
    prompt: str | None = None
    messages: tuple[Message, ...] = ()
    found = Mistakes()
    if "prompt" in document:
        with found.gathered("#/prompt"):
            prompt = _spoken("prompt", document["prompt"])
            messages = (Message("user", prompt),)
    if "messages" in document:
        with found.gathered("#/messages"):
            if "prompt" in document:
                raise one_of_two
        with found.gathered():
            messages = _turns(document["messages"])
    found.tell()
    return prompt, messages


def _turns(listed: object) -> tuple[Message, ...]:
    with at("#/messages"):
        if not isinstance(listed, list) or not listed:
            raise InvalidTask("messages must be a list of {role, content} objects, at least one.")
    found = Mistakes()
    messages = [_message(n, item, found) for n, item in enumerate(listed)]
    found.tell()
    with at("#/messages"):
        if all(m.role != "user" for m in messages):
            raise InvalidTask("messages must hold at least one of role user.")
    return tuple(messages)


def _message(place: int, value: object, found: Mistakes) -> Message:
    name, pointer = f"messages[{place}]", f"#/messages/{place}"
    role = content = ""
    with found.gathered(pointer):
        message = _object(value, name)
        if set(message) != {"role", "content"}:
            raise InvalidTask(f"{name} must have role and content, and nothing else.")
        with found.gathered(f"{pointer}/role"):
            role = _role(name, message["role"])
        with found.gathered(f"{pointer}/content"):
            content = _spoken(f"{name}.content", message["content"])
    return Message(role, content)


def _role(name: str, value: object) -> str:
    if not isinstance(value, str) or value not in ROLES:
        raise InvalidTask(f"{name}.role must be one of {', '.join(ROLES)}.")
    return value


def _spoken(name: str, value: object) -> str:
    text = _text(name, value)
    if not visible(text[:1000]).strip() and not visible(text).strip():  # the first line shows it
        raise InvalidTask(f"{name} is empty; say what the panel is to answer.")
    return text


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidTask(f"{name} must be a string.")
    if _UNKEEPABLE.search(value):
        raise InvalidTask(f"{name} holds a NUL or half a surrogate pair, which no store can keep.")
    return value


def metadata_of(value: object) -> dict[str, str]:
    """The metadata that a body's member is. Raises InvalidTask."""
    with at("#/metadata"):
        entries = _object(value, "metadata")
        if len(entries) > METADATA_ENTRIES:
            raise InvalidTask(
                f"metadata has {len(entries):,} entries, and may have {METADATA_ENTRIES}."
            )
    found = Mistakes()
    told: dict[str, str] = {}
    for key, said in entries.items():
        with found.gathered(pointer_to("metadata", key)):
            told |= metadata_entry(key, said)
    found.tell()
    return told


def metadata_entry(key: str, value: object) -> dict[str, str]:
    """One entry of the metadata. Raises InvalidTask."""
    if not 1 <= len(_text("A metadata key", key)) <= METADATA_KEY_LENGTH:
        raise InvalidTask(f"A metadata key must have 1 to {METADATA_KEY_LENGTH} characters.")
    text = _text("A metadata value", value)
    if len(text) > METADATA_VALUE_LENGTH:
        raise InvalidTask(f"A metadata value may have {METADATA_VALUE_LENGTH} characters.")
    return {key: text}


def _options(document: Mapping[str, object], found: Mistakes) -> Options:
    values: dict[str, Any] = {}
    for name, read in _OPTIONS.items():
        if name in document:
            with found.gathered(f"#/{name}"):
                values[name] = read(name, document[name])
    values["format"] = values.pop("tools", None) or values.pop("response_format", None)
    values.pop("response_format", None)
    options = Options(**values)
    least, most = options.min_votes, options.max_votes
    if least is not None and most is not None and least > most:
        with found.gathered("#/min_votes"):
            raise InvalidTask("min_votes must not be over max_votes.")
    return options


Member = TypeVar("Member", bound=StrEnum)


def _choice(members: type[Member], *undecided: str) -> Callable[[str, object], Member | None]:
    """Reads one of the members' values; the undecided words leave it to task analysis."""
    words: dict[str, Member | None] = dict.fromkeys(undecided)
    words.update((member.value, member) for member in members)

    def read(name: str, value: object) -> Member | None:
        if not isinstance(value, str) or value not in words:
            raise InvalidTask(f"{name} must be one of {', '.join(words)}.")
        return words[value]

    return read


def _integer(low: int, high: int) -> Callable[[str, object], int]:
    def read(name: str, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InvalidTask(f"{name} must be a whole number from {low} to {high}.")
        return value

    return read


def _number(low: float, high: float) -> Callable[[str, object], float]:
    def read(name: str, value: object) -> float:
        number = value if isinstance(value, int | float) else math.nan
        # The comparison refuses NaN, and what overflowed to infinity.
        if isinstance(value, bool) or not low <= number <= high:
            raise InvalidTask(f"{name} must be a number from {low} to {high}.")
        return float(number)

    return read


def _response_format(name: str, value: object) -> Format | None:
    """OpenAI's: text, json_object, or json_schema with its schema."""
    given = _object(value, name)
    kind = given.get("type")
    if kind == "text":
        return None
    if kind == FormatKind.OBJECT:
        return Format(FormatKind.OBJECT)
    if kind != FormatKind.SCHEMA:
        raise InvalidTask(f"{name}.type must be text, json_object or json_schema.")
    told = _object(given.get("json_schema"), f"{name}.json_schema")
    called = _text(f"{name}.json_schema.name", told.get("name") or "answer")
    if not _NAME.fullmatch(called):
        raise InvalidTask(f"{name}.json_schema.name must be 1 to 64 of a-z, A-Z, 0-9, - and _.")
    if told.get("schema") is None:
        return Format(FormatKind.OBJECT)
    schema = _object(told["schema"], f"{name}.json_schema.schema")
    with at(f"#/{name}/json_schema/schema"):
        return _checked(
            Format(FormatKind.SCHEMA, _dumped(schema), called, bool(told.get("strict"))),
            f"{name}.json_schema.schema",
        )


def _tools(name: str, value: object) -> Format | None:
    """OpenAI's: functions, each with its name and the schema of its arguments."""
    if not isinstance(value, list):
        raise InvalidTask(f"{name} must be a list.")
    if not value:
        return None
    if len(value) > MOST_TOOLS:
        raise InvalidTask(f"{name} may have {MOST_TOOLS} entries.")
    found = Mistakes()
    offered = [_tool(name, n, tool, found) for n, tool in enumerate(value)]
    found.tell()
    if len({tool["name"] for tool in offered}) < len(offered):
        raise InvalidTask(f"{name} has two functions of one name.")
    told = [{"type": "function", "function": tool} for tool in offered]
    return _checked(Format(FormatKind.TOOLS, _dumped(told)), name)


def _tool(tools: str, place: int, value: object, found: Mistakes) -> dict[str, object]:
    name = f"{tools}[{place}]"
    with found.gathered(f"#/{tools}/{place}"):
        tool = _object(value, name)
        if tool.get("type", "function") != "function":
            raise InvalidTask(f"{name}.type must be function.")
        function = _object(tool.get("function"), f"{name}.function")
        called = function.get("name")
        if not isinstance(called, str) or not _NAME.fullmatch(called):
            raise InvalidTask(f"{name}.function.name must be 1 to 64 of a-z, A-Z, 0-9, - and _.")
        if "parameters" in function:
            _object(function["parameters"], f"{name}.function.parameters")
        known = ("name", "description", "parameters", "strict")
        return {field: function[field] for field in known if field in function}
    return {}


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _checked(wanted: Format, name: str) -> Format:
    size = len(wanted.schema.encode(errors="replace"))
    if size > SCHEMA_BYTES:
        raise TooLarge(f"{name} is too long: {too_much(size, SCHEMA_BYTES)}.")
    _text(name, wanted.schema)
    try:
        check_format(wanted)
    except NotOneValue as error:
        raise InvalidTask(f"{name} cannot be used: {error}.") from None
    return wanted


_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OPTIONS: Mapping[str, Callable[[str, object], object]] = {
    "strategy": _choice(Strategy, "auto"),
    "voting": _choice(Voting),
    "min_votes": _integer(1, MAX_VOTES),
    "max_votes": _integer(1, MAX_VOTES),
    "min_agreement": _number(0.5, 1),
    "timeout_seconds": _number(5, 540),
    "numeric_tolerance": _number(0, 1),
    "response_format": _response_format,
    "tools": _tools,
    "compose": _choice(Compose),
}
