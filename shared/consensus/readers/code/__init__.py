"""Code -> its normal form, by the parser of its language; else to the letter, but for spaces."""

from __future__ import annotations

import json
import re

from consensus.core.values import Code
from consensus.readers.code import notation, python, regex, shell

LONGEST = 4_000  # characters of code that is parsed
_FENCE = re.compile(r"```(\w*)[ \t]*\n(.*?)```", re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_TAG = re.compile(r"<?([A-Za-z][A-Za-z0-9]*)\s?/?>?")
_HINTED = frozenset(["python", "shell"])
_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|create|alter|drop|with|where|order by|group by|having|"
    r"limit|(?:inner |left |right )?join)\b",
    re.IGNORECASE,
)
# What nothing but code looks like.
_LOOKS = re.compile(
    r"^\s*```[\s\S]*```\s*$|^\s*(?:select\b[\s\S]+\bfrom|insert into|update \w+ set|delete from|"
    r"create (?:table|view|index)|alter table)\b|^\s*(?:\$ )?(?:git|chmod|chown|docker|kubectl|npm|"
    r"pip3?|mkdir|rmdir|grep|tar|curl|wget|ssh|sudo|apt|brew) \S+|^\s*(?:\$ )?(?:ls|cd|cp|mv|"
    r"rm|find|cat|sed|awk|wc|tail|head|sort|ps|kill|df|du) [-~./]|&&|\|\||"
    r"^\s*(?:for|while|if)\s?\([^)]*[;<>=][^)]*\)|^\s*<[a-z][a-z0-9]*[ >][\s\S]*>\s*$|"
    r"^\w+(?:\.\w+)*\([^()\n]*['\"][^()\n]*\);?$|"
    r"^[.#*@a-zA-Z][^{}\n\\$]*\{\s*[a-z-]{3,}\s*:[^{}\\]*\}\s*$|"
    r"^[a-z_]\w*: [^\n]+\n[a-z_]\w*: |^@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)$|"
    r"^[\d*/,-]+(?: [\d*/,-]+){2,3} \*$",
    re.IGNORECASE,
)
_FLAGS = re.compile(
    r"^(?:\$ )?[a-z][\w-]* (?:\S+ )*--?[a-zA-Z]+\b(?! )|^ls "
)  # ls -a: no difference
_LED_COMMAND = re.compile(r"[^\W\d_a-z][^\W\d_]*:? ([a-z][\w.-]* [^`]*)")
_SAID = re.compile(r"(?:[^\W\d_]+:?\s+){1,3}(?=\S*[=(\[])(.+?)[.。]?$", re.DOTALL)  # Call len(xs).


def quoted(text: str) -> str | None:
    """The only piece of code that a text quotes, in a fence or in backticks."""
    fenced = _FENCE.findall(text)
    if len(fenced) == 1:
        return str(fenced[0][1]).strip()
    spans = _SPAN.findall(text) if not fenced else []
    return str(spans[0]).strip() if len(spans) == 1 else None


def prepare(text: str) -> None:
    """Load what parses SQL, where some of it may be in the text."""
    if _SQL.search(text):
        _sql("select 1")


def is_one(text: str) -> bool:
    """Whether a text, or what it quotes, looks like code and like nothing else."""
    piece = quoted(text)
    return _LOOKS.search(text if piece is None else piece) is not None


def told(text: str, hint: str = "") -> Code | None:
    """The code that a few words lead to: "Call len(items)."."""
    if hint in ("other", "html", "sql") or "\n" in text.strip():
        return None
    if command := _command_in(text):
        return read(command, hint)
    match = _SAID.fullmatch(text.strip())
    normal = python.normal(match[1]) if match else None
    return Code("python", normal) if normal else None


def lead(text: str) -> str:
    """The few words before the code that `told` finds."""
    if command := _command_in(text):
        return text.partition(command)[0]
    match = _SAID.fullmatch(text.strip())
    return text.strip()[: match.start(1)] if match else ""


def _command_in(text: str) -> str | None:
    """wc -l a.txt, of "Run wc -l a.txt"; None where the text is no such sentence."""
    match = _LED_COMMAND.fullmatch(text.strip())
    return match[1] if match and not _LOOKS.search(text) and _LOOKS.search(match[1]) else None


def read(text: str, hint: str = "") -> Code:
    """The normal form of a piece of code. hint: what the question says of its language."""
    text = text.strip().strip("`").strip()
    if len(text) <= LONGEST:
        if hint == "html" and (tag := _TAG.fullmatch(text)):
            return Code("html", tag[1].lower())
        if hint == "regex":
            return Code("regex", regex.normal(text))
        if hint == "sql" and (normal := _sql(text, is_asked=True)):
            return Code("sql", normal)
        if _FLAGS.search(text) and (normal := shell.normal(text)):
            return Code("shell", normal)
        for language, parse in _PARSERS.items():
            if hint and language in _HINTED and language != hint:
                continue
            normal = parse(text)
            if normal is not None:
                return Code(language, normal)
    return Code("", _letters(notation.c_like(text)))


def _letters(text: str) -> str:
    """To the letter, but for spaces where no string is quoted, and a last semicolon."""
    spaced = " ".join(text.split()).rstrip(";").rstrip().replace("'", '"')
    pieces = re.split(r'("[^"]*")', spaced)
    return "".join(
        piece if n % 2 else re.sub(r"\s*([^\w\s])\s*", r"\1", piece)
        for n, piece in enumerate(pieces)
    )


def _json(text: str) -> str | None:
    if text[:1] not in "[{":
        return None
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None


def _sql(text: str, *, is_asked: bool = False) -> str | None:
    """is_asked: the question asks for SQL, so that it may be a condition alone."""
    if not is_asked and not _SQL.match(text):
        return None
    # Only here: few answers are SQL, and it takes as long to load as all other readers.
    from consensus.readers.code import sql  # noqa: PLC0415

    return sql.normal(text)


_PARSERS = {
    "json": _json,
    "sql": _sql,
    "css": notation.style,
    "sheet": notation.sheet_formula,
    "cron": notation.schedule,
    "yaml": notation.settings,
    "python": python.normal,
    "shell": shell.normal,
}
