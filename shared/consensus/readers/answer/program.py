"""An answer that is code, or that says what code prints."""

from __future__ import annotations

import re

from consensus.core.question import is_about_code
from consensus.core.values import Code, Identifier
from consensus.readers import code
from consensus.readers.answer import truth
from consensus.readers.answer.wording import (
    EDGES,
    WORDS,
    is_sentence,
    limits,
    offers,
    turns,
    unboxed,
)
from consensus.readers.asked import Asked
from consensus.readers.mathematics.literals import of_code
from consensus.readers.packs import phrases
from consensus.readers.spelling import words_in

_PARSED = ("sql", "json", "python", "sheet", "css", "yaml", "regex", "cron")
_OTHER_CODE = re.compile(r"\w\([^\s()]*\)|\w\[[^\s\[\]]+\]")
_NUMBERS = re.compile(r"(?<![\w.,])[-−]?\d+(?:\.\d+)?(?![\w,]|\.\d)")
_ASKS_ERROR = re.compile(r"\b(?:which|what)\b.*\b(?:exception|error)\b", re.IGNORECASE)
_ERROR = re.compile(r"(\w*(?:Error|Exception))(?:: .*)?")  # ValueError: invalid literal ...
_METHOD = re.compile(r"(?<![\w/-])(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)(?![\w/-])")
_PATH = re.compile(r"(?<![\w/:.<-])/[\w{}:?=&%*~/-]+(?:\.[\w{}:?=&%*~/-]+)*")
_NAMED_ERROR = re.compile(r"(?<!\w)[A-Z]\w*(?:Error|Exception)(?!\w)")
_KEYWORD = re.compile(r"(?<![\w.])[A-Z]{2,}(?: [A-Z]{2,})*(?![\w.(])")
_MARKED = re.compile(r"=>|[;{}]\s*$|^\w+(?:\.\w+)+\(.*\)$")  # what no sentence has
_VALUES = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\([^()]*,[^()]*\)|(?<!\w)(?:'[^']*'|\"[^\"]*\")")


def written(text: str, about: Asked) -> Code | None:
    """The code in an answer; None where none is asked for, or where words answer."""
    if request := _request(text, about):
        return Code("http", request)
    if not about.of_code and (about.yes_or_no or not code.is_one(text)):
        return None
    quoted = code.quoted(text)
    if about.yes_or_no and truth.begins_with_one(text, about):
        return None
    if quoted is None and (keyword := _keyword(text, about)):
        return Code("", keyword)
    told = None if quoted is not None else code.told(text, about.code_hint)
    if told is not None:
        return None if limits(code.lead(text), about) else told
    if quoted is not None and _is_turned(text, quoted, about):
        return None
    read = code.read(quoted if quoted is not None else text, about.code_hint)
    is_code = quoted is not None or read.language in _PARSED or code.is_one(text)
    is_code = is_code or not is_sentence(text, about) or _MARKED.search(text) is not None
    return read if is_code else None


def _request(text: str, about: Asked) -> str | None:
    """DELETE /users/5, of "Send a `DELETE` request to `/users/5`"; None where it tells more."""
    methods, paths = set(_METHOD.findall(text)), set(_PATH.findall(text))
    if len(methods) != 1 or len(paths) != 1 or about.yes_or_no or about.options:
        return None
    (method,), (path,) = methods, paths
    around = text.replace(method, " ", 1).replace(path, " ", 1)
    if turns(around, about) or offers(around, about) or any(c.isdigit() for c in around):
        return None
    return f"{method} {path}"


def _keyword(text: str, about: Asked) -> str | None:
    """HAVING, of "You use the HAVING clause", where SQL is asked for; None where it tells more."""
    if about.code_hint != "sql" or not is_sentence(text, about):
        return None
    found: list[str] = _KEYWORD.findall(text)
    told = {word for word in found if word not in ("SQL", *words_in(about.text))}
    if len(told) != 1 or _is_turned(text, keyword := told.pop(), about):
        return None
    return keyword


def printed(text: str, about: Asked) -> Identifier | None:
    """What code prints or returns, as code writes it; None where a question is about no code."""
    if about.yes_or_no or not is_about_code(about.text):
        return None
    literal = _literal_told(text, about)
    if literal is not None:
        return literal
    said = unboxed(_without_reason(text))
    if not is_sentence(said, about):
        return _literal(said)
    quoted = code.quoted(text)
    if quoted is None or _tells_more(_around(text, quoted)):
        return None
    return None if _is_turned(text, quoted, about) else _literal(quoted)


def _without_reason(text: str) -> str:
    """A value alone, of "2, because of banker's rounding"."""
    reason = phrases("because").search(text)
    value = text[: reason.start()].rstrip(" ,;(") if reason else ""
    return value if value and not WORDS.search(value) else text


def _around(text: str, told: str) -> str:
    """What stands beside it."""
    return text.replace(told, " ", 1)


def _is_turned(text: str, told: str, about: Asked) -> bool:
    """Whether what stands beside code denies or limits it, or offers something else."""
    around = _around(text, told)
    if turns(around, about) or offers(around, about) or _OTHER_CODE.search(around):
        return True
    return limits(text.partition(told)[0], about)


def _tells_more(around: str) -> bool:
    """Whether values stand beside it, of which one may be the answer."""
    return any(c.isdigit() or c in "[]{}()'\"" for c in around)


def _literal(text: str) -> Identifier:
    return Identifier(of_code(text.strip(EDGES[:5]).strip()) or text)


def _only_number(text: str) -> list[str]:
    """The number in a text, where there is one."""
    numbers = _NUMBERS.findall(text)
    return numbers if len(set(numbers)) == 1 else []


def _literal_told(text: str, about: Asked) -> Identifier | None:
    """The only value, as code writes it, that words tell: "It evaluates to [1, 2]."."""
    quoted = code.quoted(text)
    if _ASKS_ERROR.search(about.text):
        if error := _ERROR.fullmatch(quoted or text.strip()):
            return Identifier(of_code(error[1]))
        named = set(_NAMED_ERROR.findall(text))
        if len(named) == 1 and not _is_turned(text, error_named := named.pop(), about):
            return Identifier(of_code(error_named))
    if quoted is not None and quoted in about.text:
        text, quoted = text.replace(f"`{quoted}`", ""), None
    found = [quoted] if quoted is not None else _VALUES.findall(text) or _only_number(text)
    around = _around(text, found[0]) if len(found) == 1 else ""
    is_turned = len(found) == 1 and _is_turned(text, found[0], about)
    if is_turned or not WORDS.search(around) or _tells_more(around):
        return None
    told = of_code(found[0])
    return Identifier(told) if told else None
