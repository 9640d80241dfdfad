"""Notations without a parser of ours: style sheets, formulas of sheets, C and its like."""

from __future__ import annotations

import re

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COLOURS = {
    "red": "#ff0000", "blue": "#0000ff", "green": "#008000", "black": "#000000",
    "white": "#ffffff", "yellow": "#ffff00", "gray": "#808080", "grey": "#808080",
    "orange": "#ffa500", "purple": "#800080", "lime": "#00ff00", "navy": "#000080",
}  # fmt: skip
_SHORT_HEX = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])(?![0-9a-f])")
_RGB = re.compile(r"rgb\((\d+),\s*(\d+),\s*(\d+)\)")
_ZERO = re.compile(r"\b0(?:px|em|rem|%|pt)\b")
_FORMULA = re.compile(r"=\s?[A-Za-z]{2,}\(.*\)$")
_PART = r'("[^"]*"|[^,"()<>=]+)'
_CHOICE = re.compile(rf"=IF\({_PART}(<=|>=|<>|<|>|=){_PART},{_PART},{_PART}\)")
_CRON = re.compile(r"[\d*/,-]+(?: [\d*/,-]+){3} [\w*/,-]+")
_NAMED_TIMES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}  # fmt: skip
_COMPARISON = re.compile(r"([\w.\[\]]+)\s*(<=|>=|<|>)\s*([\w.\[\]]+)")
_FLIPPED = {">": "<", ">=": "<="}
_LOOP = re.compile(r"^(for\s?\(.*;.*;\s*)(\+\+|--)(\w+)(\s*\).*)$", re.DOTALL)
_UP_TO = re.compile(r"(\bint (\w+)\s*=[^;]*;\s*\2\s*)<=\s*(\d+)(?=\s*;)")
_PARAMETERS = r"\(?\s*([A-Za-z_$][\w$]*(?:\s*,\s*[A-Za-z_$][\w$]*){0,8})\s*\)?"
_ARROW = re.compile(rf"(?<![\w$.]){_PARAMETERS}\s*=>\s*")
_RETURNED = r"\{\s*return\b\s*([^{};]+);?\s*\}"
_RETURNS = re.compile(rf"=>\s*{_RETURNED}")
_FUNCTION = re.compile(rf"(?<![\w$.])function\s*{_PARAMETERS}\s*{_RETURNED}")
_NAMED_FUNCTION = re.compile(r"^function [\w$]+\s*(?=\()")
_NAMED_RESULT = re.compile(r"^(?:const|let|var) \w+\s*=\s*(?=function\b|\(?[\w\s,]+\)?\s*=>)")
_NULL = re.compile(r"^\(?(\w+)\s?(==|!=)\s?(?:NULL|nullptr)\)?$")
_PRODUCT = re.compile(r"(?<![\w.*/%+-])(?<![*/%+-] )([\w.]+) ?\* ?([\w.]+)(?! ?[\w.*/%(\[])")
# What is written otherwise, and does the same: the last of an array, and a copy of one.
_IDIOMS = tuple(
    (re.compile(form), other)
    for form, other in (
        (r"(?<![\w$.])([\w$.]+)\[\1\.length ?- ?(\d+)\]", r"\1.at(-\2)"),
        (r"(?<![\w$.])([\w$]+)\.slice\(0?\)", r"[...\1]"),
        (r"\bArray\.from\(([\w$.]+|new Set\([\w$.]+\))\)", r"[...\1]"),
        (r"\bObject\.assign\(\{\}, ?([\w$.]+)\)", r"{...\1}"),
        (r"\b(Math\.(?:max|min))\.apply\((?:null|undefined|Math), ?([\w$.]+)\)", r"\1(...\2)"),
        (r"!\(([\w$.]+ ?% ?\w+)\)", r"\1 == 0"),
    )
)
MOST_FUNCTIONS = 4  # in one text, whose parameters are numbered
_SQUARED = re.compile(r"\b(\w+)\s?\*\s?\1\b")


def style(text: str) -> str | None:
    """The rules of a style sheet, with colours in one form; None where it is none."""
    rules = _RULE.findall(text)
    if not rules or _RULE.sub("", text).strip() or "=>" in text:
        return None
    if any(":" not in one for _, body in rules for one in body.split(";") if one.strip()):
        return None
    return "".join(
        f"{' '.join(selector.split())}{{{';'.join(sorted(_declarations(body)))}}}"
        for selector, body in rules
    )


def _declarations(body: str) -> list[str]:
    found = []
    for one in filter(str.strip, body.split(";")):
        name, _, value = (part.strip() for part in one.lower().partition(":"))
        value = " ".join(_COLOURS.get(word, word) for word in value.split())
        value = _RGB.sub(lambda m: "#" + "".join(f"{int(n) % 256:02x}" for n in m.groups()), value)
        value = _SHORT_HEX.sub(r"#\1\1\2\2\3\3", value)
        found.append(f"{name}:{_ZERO.sub('0', value)}")
    return found


def sheet_formula(text: str) -> str | None:
    """A formula of a spreadsheet, whose names have no case; None where it is none."""
    if not _FORMULA.match(text):
        return None
    pieces = re.split(r'("[^"]*")', text)
    plain = "".join(
        piece if n % 2 else re.sub(r"\s", "", piece.upper()).replace(";", ",").replace("$", "")
        for n, piece in enumerate(pieces)
    )
    match = _CHOICE.fullmatch(plain)
    return _chosen(*match.groups()) if match else plain


def _chosen(left: str, sign: str, right: str, then: str, other: str) -> str:
    """A choice by whether one is smaller than the other, or equal to it."""
    if sign in (">", "<="):
        left, right = right, left
    if sign in (">=", "<=", "<>"):
        then, other = other, then
    return f"=IF({left}{'=' if sign in ('=', '<>') else '<'}{right},{then},{other})"


def schedule(text: str) -> str | None:
    """A line of cron's five fields, or the name of one; None where it is none."""
    text = " ".join(text.split())
    return _NAMED_TIMES.get(text, text if _CRON.fullmatch(text) else None)


def settings(text: str) -> str | None:
    """Lines of "key: value", in one order; None where there is anything else."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    if len(lines) < 2 or not all(re.fullmatch(r"[\w-]+:\s+[^\s{\[|>].*", line) for line in lines):
        return None
    return "\n".join(sorted(" ".join(line.split()) for line in lines))


def c_like(text: str) -> str:
    """C and its like, with comparisons that ascend, one way to count up, and short functions."""
    text = _NULL.sub(lambda m: m[1] if m[2] == "!=" else f"!{m[1]}", text)
    text = _FUNCTION.sub(r"(\1) => \2", _NAMED_FUNCTION.sub("function ", text))
    text = _with_numbered(_RETURNS.sub(r"=> \1", _NAMED_RESULT.sub("", text)))
    for form, other in _IDIOMS:
        text = form.sub(other, text)
    text = _SQUARED.sub(r"\1**2", text)
    text = _PRODUCT.sub(lambda m: " * ".join(sorted(m.groups())), text)
    text = _UP_TO.sub(lambda m: f"{m[1]}< {int(m[3]) + 1}", text)
    text = _LOOP.sub(r"\1\3\2\4", text)
    if "&&" in text and not any(sign in text for sign in "();{}|"):
        return " && ".join(sorted(_ascending(part) for part in text.split("&&")))
    return _ascending(text) if _COMPARISON.fullmatch(text.strip()) else text


def _with_numbered(text: str) -> str:
    """Short functions, with what they are given called by its place: (_1, _2) => _1 + _2."""
    for n, arrow in enumerate(list(_ARROW.finditer(text))[:MOST_FUNCTIONS]):
        names = re.split(r"\s*,\s*", arrow[1])
        if len(set(names)) < len(names):
            return text
        named = {name: f"_{n}{place}" for place, name in enumerate(names)}
        told = "|".join(re.escape(name) for name in named)
        form = rf"\"[^\"]*\"|'[^']*'|(?<![\w$.])(?:{told})(?![\w$])"
        text = re.sub(form, lambda m: named.get(m[0], m[0]), text)  # noqa: B023
    return _ARROW.sub(r"(\1) => ", text)


def _ascending(text: str) -> str:
    match = _COMPARISON.fullmatch(text.strip())
    if match is None:
        return text.strip()
    left, sign, right = match.groups()
    if sign in _FLIPPED:
        left, sign, right = right, _FLIPPED[sign], left
    return f"{left} {sign} {right}"
