"""The JSON object that a panel is asked for, as models make it.

What is JSON is read as it stands. What only looks like it is mended by a library, and taken only
where nothing that was written is lost: a value that does not end where JSON lets it end is
unreadable, never shorter.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from consensus.core.plain import folded
from consensus.readers.packs import words

LONGEST = 100_000  # characters of a reply
TRIED = 50  # objects, from the end
DEEPEST = 6  # objects around the one that has the answer
LONGEST_MENDED = 40_000  # characters of an object that is no JSON

# In JSON \f and \t are a form feed and a tab, but a model that writes \frac means a fraction.
_LATEX_ESCAPE = re.compile(
    r"(?<!\\)\\(?=(?:frac|forall|boxed|beta|bar|binom|begin|bmod|big|times|text|textbf|tan|theta|tau|"
    r"tfrac|top|triangle|to|rho|right|rangle|rightarrow|neq|nu|ne|nabla|not|notin)(?![a-z])"
    r"|[^\"\\/bfnrtu]|u(?![0-9a-fA-F]{4}))"
)
_DOUBLED = r"\\\\"
_QUOTE = "\"'“”„‟«»‘’‚‛「」『』`"
_STRANGE_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»「」『』", '"'))
_OPENS = re.compile(rf"\{{\s{{0,99}}[{_QUOTE}*]{{0,3}}[\w$]")
_BEGINS = re.compile(
    rf"\{{\s{{0,99}}[{_QUOTE}]{{0,3}}[^\W\d][\w -]{{0,40}}[{_QUOTE}]{{0,3}}\s{{0,9}}(?:[:：]|=>?)"
)
_LITERAL = {"none": "null", "nan": "null", "undefined": "null", "null": "null"}
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,40})?")
_WIDE_COLON, _WIDE_COMMA = (
    re.compile(r"(?<=[\"”'])：\s?"),
    re.compile(r"(?<=[\"”'\d])，(?=\s?[\"“'])"),
)
_COMMENT = re.compile(r"(?<=[,\"\]}\d])[ \t]{0,20}//[^\n]{0,500}(?=\n)")
_ALNUM = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")


class Number(str):
    """A number as it was written: 3.10 is not 3.1."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Ballot:
    """An answer and a stated confidence, as JSON values, and where in the text they end.

    answer is None where the ballot says null; is_lost, where what was written cannot be told.
    """

    answer: object
    confidence: object
    end: int
    is_lost: bool = False


def last_ballot(text: str) -> Ballot | None:
    """The last ballot in a text: a JSON object with an answer, or what was meant to be one."""
    strict = _last_strict(text)
    mended = _mended(text, strict.end if strict else 0)
    return mended or strict


def as_text(value: object) -> str:
    """A JSON value as people write it: a text as it is, an array of one as the one."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case [one]:
            return as_text(one)
        case dict() if len(value) == 1:
            (one,) = value.values()
            return _dumped(value) if isinstance(one, dict | list) else as_text(one)
        case _:
            return _dumped(value)


def _dumped(value: object) -> str:
    match value:
        case Number():
            return value
        case dict():
            inner = (f"{json.dumps(k, ensure_ascii=False)}: {_dumped(v)}" for k, v in value.items())
            return "{" + ", ".join(inner) + "}"
        case list():
            return "[" + ", ".join(map(_dumped, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


@cache
def _keys(purpose: str) -> frozenset[str]:
    return frozenset(_key(word) for word in words(purpose))


def _key(text: object) -> str:
    """A key without case, underscores and spaces: finalAnswer, final_answer, Final answer."""
    return "".join(folded(str(text)).replace("_", " ").replace("-", " ").split())


def _last_strict(text: str) -> Ballot | None:
    escapes = [match.start() + i + 1 for i, match in enumerate(_LATEX_ESCAPE.finditer(text))]
    written = _LATEX_ESCAPE.sub(_DOUBLED, text) if escapes else text
    last = None
    for value, end in _objects(written):
        found = _voted(value)
        if found is not None:
            answer, confidence = found
            last = Ballot(answer, confidence, end - bisect_left(escapes, end))
    return last


def _objects(text: str) -> Iterator[tuple[dict[str, object], int]]:
    """JSON objects in the text, outermost only, each with where it ends."""
    decoder = json.JSONDecoder(
        strict=False, parse_float=Number, parse_int=Number, parse_constant=lambda _: None
    )
    end = 0
    for start in [match.start() for match in _OPENS.finditer(text)][-TRIED:]:
        if start < end:
            continue
        try:
            value, end_of_value = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        end = end_of_value
        if isinstance(value, dict):
            yield value, end


def _voted(found: Mapping[str, object], depth: int = 0) -> tuple[object, object] | None:
    """An object's answer and confidence: its own, that of an object in it, or its only field."""
    fields = {_key(name): value for name, value in found.items()}
    sure = next((fields[name] for name in fields if name in _keys("confidence")), None)
    named = [name for name in fields if name in _keys("keys")]
    if named:
        answer = fields["answer"] if "answer" in fields else fields[named[0]]
        inner = _voted(answer, depth + 1) if isinstance(answer, dict) and depth < DEEPEST else None
        return inner or (answer, sure)
    others = [value for name, value in fields.items() if name not in _keys("confidence")]
    if len(others) == 1 and len(fields) == 2 and sure is not None:
        return others[0], sure
    within = [v for v in others if isinstance(v, dict)] if depth < DEEPEST else []
    return next((told for v in within if (told := _voted(v, depth + 1))), None)


@cache
def _answer_key() -> re.Pattern[str]:
    """Where an answer's key stands, with or without quotes of any kind."""
    told = (re.escape(word).replace(r"\ ", "[ _-]?") for word in words("keys"))
    either = "|".join(sorted(told, key=len, reverse=True))
    return re.compile(
        rf"(?:[{{,]\s{{0,99}}[{_QUOTE}]{{0,3}}|(?P<quote>[{_QUOTE}]{{1,3}}))(?<!\w)(?P<key>{either})"
        rf"[{_QUOTE}]{{0,3}}"
        rf"\s{{0,9}}(?:[:：]|=>?)",
        re.IGNORECASE,
    )


@cache
def _field() -> re.Pattern[str]:
    """A key and a value without quotes, up to the next key or the end of the object."""
    key, colon = rf"[{_QUOTE}]?[^\W\d][\w -]{{0,40}}[{_QUOTE}]?\s{{0,9}}", "(?:[:：]|=>?)"
    return re.compile(
        rf"([{{,]\s{{0,99}}{key}){colon}\s{{0,99}}"
        rf"([^\s{_QUOTE}{{\[][^{{}}\n]{{0,4000}}?)\s{{0,9}}"
        rf"(?=,\s{{0,99}}{key}{colon}|[,;]?\s{{0,99}}[{_QUOTE}]{{1,3}}{key}{colon}|[}}\n]|$)"
    )


def _mended(text: str, start: int) -> Ballot | None:
    """What was meant to be a ballot, after the last one that is."""
    keys = list(_answer_key().finditer(text, start))
    if not keys:
        return None
    key = keys[-1]
    begun = [m.start() for m in _BEGINS.finditer(text, start, key.end())][-TRIED:]
    opened = [at for at in begun if _is_open(text, at, key.start())]
    if not opened and not key["quote"]:
        return None
    begins = dict.fromkeys((opened[-1], opened[0])) if opened else (key.start("quote"),)
    tried = [_mend(text, begin, key["key"]) for begin in begins]
    return next((ballot for ballot in tried if not ballot.is_lost), tried[0])


def _is_open(text: str, begin: int, place: int) -> bool:
    """Whether the brace that stands here is not closed before that place."""
    return begin == place or text.count("{", begin, place) > text.count("}", begin, place)


def _mend(text: str, begin: int, key: str) -> Ballot:
    """The ballot that begins here, or that what it says is lost."""
    source, end = _source(text, begin)
    written = source if source.startswith("{") else "{" + source + "}"
    fields = _read_loosely(written)
    found = _voted(fields) if fields else None
    if not fields or found is None or not _is_whole(found[0], written, key, fields):
        return Ballot(None, None, end, is_lost=True)
    return Ballot(*found, end)


def _source(text: str, begin: int) -> tuple[str, int]:
    """The object that begins here, up to a brace at the end of a line that can be its last."""
    window = text[begin : begin + LONGEST_MENDED]
    depth = 0
    for brace in re.finditer(r"[{}]", window):
        depth += 1 if brace[0] == "{" else -1
        after = window[brace.end() : brace.end() + 1]
        if brace[0] == "}" and depth <= 0 and after in ("", "\n", "`", " ", ".", "\r"):
            return window[: brace.end()], begin + brace.end()
    return window, begin + len(window)


def _read_loosely(written: str) -> dict[str, object] | None:
    import json_repair  # noqa: PLC0415  only where something is to be mended

    written = _COMMENT.sub("", written)
    written = _WIDE_COMMA.sub(", ", _WIDE_COLON.sub(":", written))
    if '"' not in written:
        written = written.translate(_STRANGE_QUOTES)
    quoted = _field().sub(_in_quotes, _LATEX_ESCAPE.sub(_DOUBLED, written))
    try:
        value = json_repair.loads(quoted, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _in_quotes(field: re.Match[str]) -> str:
    """The field with its bare value as a text, so that all of it is taken, and as it is."""
    value = field[2].rstrip(" ,;")
    if _GROUPED.fullmatch(value):
        value = value.replace(",", "")
    bare = value.casefold()
    if bare in _LITERAL:
        return f"{field[1]}: {_LITERAL[bare]}"
    if value[-1:] in _QUOTE:
        return field[0]
    return f"{field[1]}: {json.dumps(value, ensure_ascii=False)}"


def _is_whole(answer: object, written: str, key: str, fields: Mapping[str, object]) -> bool:
    """Whether what was written after the answer is another field, or nothing."""
    told = _letters(as_text(answer))
    source = _letters(_COMMENT.sub("", written))
    at = source.find(_letters(key))
    place = source.find(told, at + len(_letters(key)))
    if place < 0:
        return False
    rest = source[place + len(told) :]
    others = (_letters(str(name)) for name in fields)
    is_cut = any(name.startswith(rest) for name in _keys("confidence"))
    return is_cut or any(name and rest.startswith(name) for name in others)


def _letters(text: str) -> str:
    """Letters and digits alone, without case."""
    plain = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else " ", text)
    return "".join(_ALNUM.findall(plain)).casefold()
