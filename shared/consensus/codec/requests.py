"""What callers send over HTTP: request bodies and queries to values.

Reading is total: any bytes give a value or a CallerError that names the field and says what it
takes. Nothing of the caller's text is repeated in an error.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote

from consensus.core.errors import CallerError, InvalidTask
from consensus.core.model import (
    Compose,
    Format,
    FormatKind,
    Message,
    Options,
    Outcome,
    State,
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
PAGE_SIZE = 20
MAX_PAGE_SIZE = 100

_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_WHOLE = re.compile(r"[0-9]{1,9}")


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
class PageQuery:
    """Which tasks a listing shows. The filters are those of `ports.Listing`."""

    state: State | None = None
    outcome: Outcome | None = None
    metadata: tuple[str, str] | None = None
    since: datetime | None = None
    unsettled: bool = False
    everyone: bool = False
    size: int = PAGE_SIZE
    token: str = ""


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
    _refuse_unknown(given)
    prompt, messages = _conversation(given)
    if sum(len(m.content.encode()) for m in messages) > max_prompt_bytes:
        raise TooLarge(f"The prompt may have {max_prompt_bytes} bytes of UTF-8; shorten it.")
    return Submission(
        messages,
        prompt,
        _options(given),
        metadata_of(given.get("metadata", {})),
        fingerprint(document),
    )


def read_page_query(query: Mapping[str, str]) -> PageQuery:
    """The query of a listing. Raises InvalidTask (an unknown name too)."""
    filters = ("state", "outcome", "metadata", "since", "unsettled", "everyone")
    size, token = read_paging(query, *filters)
    state, outcome = query.get("state"), query.get("outcome")
    unsettled, everyone = _yes_or_no(query, "unsettled"), _yes_or_no(query, "everyone")
    if state and state not in State.__members__:
        raise InvalidTask(f"state must be one of {', '.join(State)}.")
    if outcome and outcome not in Outcome.__members__:
        raise InvalidTask(f"outcome must be one of {', '.join(Outcome)}.")
    if everyone and not unsettled:
        raise InvalidTask("everyone goes with unsettled=true.")
    return PageQuery(
        State(state) if state else None,
        Outcome(outcome) if outcome else None,
        _entry(query.get("metadata")),
        _moment(query.get("since")),
        unsettled,
        everyone,
        size,
        token,
    )


def _yes_or_no(query: Mapping[str, str], name: str) -> bool:
    if (said := query.get(name)) and said not in ("true", "false"):
        raise InvalidTask(f"{name} must be true or false.")
    return said == "true"


def read_paging(query: Mapping[str, str], *filters: str) -> tuple[int, str]:
    """The size and the token of a page, of a listing with these filters. Raises InvalidTask."""
    known = (*filters, "page_size", "page_token")
    if any(name not in known for name in query):
        raise UnknownField(f"A listing takes {', '.join(known)}, and nothing else.")
    size = query.get("page_size")
    if size and not (_WHOLE.fullmatch(size) and 1 <= int(size) <= MAX_PAGE_SIZE):
        raise InvalidTask(f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}.")
    return int(size) if size else PAGE_SIZE, query.get("page_token", "")


def read_feedback(body: bytes) -> Judgement:
    """A POSTed word on an answer. Raises Malformed, InvalidTask, TooLarge."""
    document = read_object(body)
    unknown = sorted(set(document) - {"correct", "answer"})
    if unknown:
        with _at(_pointer(unknown[0])):
            raise UnknownField("Feedback takes correct and answer, and nothing else.")
    correct, answer = document.get("correct"), document.get("answer")
    if correct is None and answer is None:
        raise InvalidTask('Say {"correct": true}, {"correct": false} or {"answer": "..."}.')
    with _at("#/correct"):
        if not isinstance(correct, bool | None) or ("correct" in document and correct is None):
            raise InvalidTask("correct must be true or false.")
    with _at("#/answer"):
        said = _spoken("answer", answer) if "answer" in document else None
        if said is not None and correct:
            raise InvalidTask("The result is right, or another answer is: say one of the two.")
        if said is not None and len(said) > FEEDBACK_LENGTH:
            raise TooLarge(f"answer may have {FEEDBACK_LENGTH} characters; shorten it.")
    return Judgement(correct, said)


def _entry(given: str | None) -> tuple[str, str] | None:
    """One metadata entry, as name=value."""
    if not given:
        return None
    name, equals, value = given.partition("=")
    if not (name and equals):
        raise InvalidTask("metadata must be one entry, as name=value.")
    return _metadata_key(name), _metadata_value(value)


def _moment(given: str | None) -> datetime | None:
    """A time with its offset from UTC; a query's + may have been read as a space."""
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given.replace(" ", "+"))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidTask("since must be an RFC 3339 time, such as 2026-11-28T09:30:00Z.")


def parse(body: bytes) -> object:
    """Strict JSON: UTF-8, no NaN or Infinity, no name twice in an object. Raises Malformed."""
    try:
        return json.loads(
            body.decode(), parse_constant=_no_constant, object_pairs_hook=_unique_names
        )
    except UnicodeDecodeError:
        raise Malformed("The body is not UTF-8. Encode the JSON as UTF-8.") from None
    except (ValueError, RecursionError):
        raise Malformed("The body is not valid JSON. Send one JSON object.") from None


def fingerprint(document: object) -> str:
    """SHA-256 of the canonical JSON, in hex: the same for any spacing or order of names."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _no_constant(_: str) -> object:
    raise ValueError


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError
    return document


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidTask(f"{what} must be a JSON object.")
    return value


def _refuse_unknown(document: Mapping[str, object]) -> None:
    known = {"prompt", "messages", "metadata", *_OPTIONS}
    unknown = sorted(set(document) - known)
    if unknown:
        # As ASCII and cut: the name is the caller's text, and may be anything.
        shown = json.dumps(unknown[0])[:80]
        with _at(_pointer(unknown[0])):
            raise UnknownField(f"Unknown field {shown}. Known: {', '.join(sorted(known))}.")


def _pointer(name: str) -> str:
    """The JSON Pointer of a member of the body, as a URI fragment; its text is cut."""
    return "#/" + quote(name[:80].replace("~", "~0").replace("/", "~1"), errors="replace")


@contextmanager
def _at(pointer: str) -> Iterator[None]:
    """Point errors within at that member of the body, unless they point deeper already."""
    try:
        yield
    except CallerError as error:
        error.pointer = error.pointer or pointer
        raise


def _conversation(document: Mapping[str, object]) -> tuple[str | None, tuple[Message, ...]]:
    if ("prompt" in document) == ("messages" in document):
        raise InvalidTask("Give either prompt or messages, and not both.")
    if "prompt" in document:
        with _at("#/prompt"):
            prompt = _spoken("prompt", document["prompt"])
        return prompt, (Message("user", prompt),)
    with _at("#/messages"):
        listed = document["messages"]
        if not isinstance(listed, list) or not listed:
            raise InvalidTask("messages must be a list of {role, content} objects, at least one.")
        messages = tuple(_message(n, item) for n, item in enumerate(listed))
        if all(m.role != "user" for m in messages):
            raise InvalidTask("messages must hold at least one of role user.")
    return None, messages


def _message(place: int, value: object) -> Message:
    name = f"messages[{place}]"
    with _at(f"#/messages/{place}"):
        return _read_message(name, value)


def _read_message(name: str, value: object) -> Message:
    message = _object(value, name)
    if set(message) != {"role", "content"}:
        raise InvalidTask(f"{name} must have role and content, and nothing else.")
    role = message["role"]
    if not isinstance(role, str) or role not in ROLES:
        raise InvalidTask(f"{name}.role must be one of {', '.join(ROLES)}.")
    return Message(role, _spoken(f"{name}.content", message["content"]))


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
    with _at("#/metadata"):
        entries = _object(value, "metadata")
        if len(entries) > METADATA_ENTRIES:
            raise InvalidTask(f"metadata may have {METADATA_ENTRIES} entries.")
        return {_metadata_key(key): _metadata_value(value) for key, value in entries.items()}


def _metadata_key(key: str) -> str:
    if not 1 <= len(_text("A metadata key", key)) <= METADATA_KEY_LENGTH:
        raise InvalidTask(f"A metadata key must have 1 to {METADATA_KEY_LENGTH} characters.")
    return key


def _metadata_value(value: object) -> str:
    text = _text("A metadata value", value)
    if len(text) > METADATA_VALUE_LENGTH:
        raise InvalidTask(f"A metadata value may have {METADATA_VALUE_LENGTH} characters.")
    return text


def _options(document: Mapping[str, object]) -> Options:
    values: dict[str, Any] = {}
    for name, read in _OPTIONS.items():
        if name in document:
            with _at(f"#/{name}"):
                values[name] = read(name, document[name])
    values["format"] = values.pop("tools", None) or values.pop("response_format", None)
    values.pop("response_format", None)
    options = Options(**values)
    least, most = options.min_votes, options.max_votes
    if least is not None and most is not None and least > most:
        with _at("#/min_votes"):
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
    with _at(f"#/{name}/json_schema/schema"):
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
    offered = [_tool(f"{name}[{n}]", tool) for n, tool in enumerate(value)]
    if len({tool["name"] for tool in offered}) < len(offered):
        raise InvalidTask(f"{name} has two functions of one name.")
    told = [{"type": "function", "function": tool} for tool in offered]
    return _checked(Format(FormatKind.TOOLS, _dumped(told)), name)


def _tool(name: str, value: object) -> dict[str, object]:
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


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _checked(wanted: Format, name: str) -> Format:
    if len(wanted.schema.encode(errors="replace")) > SCHEMA_BYTES:
        raise TooLarge(f"{name} may have {SCHEMA_BYTES} bytes; shorten it.")
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
