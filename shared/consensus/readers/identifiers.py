"""What must be equal to the letter: C++, O+, H2O, v3.10, /etc/shadow, -r, O(n log n), F# minor."""

from __future__ import annotations

import re

SHORTEST_GROUPED = 4  # figures of a number that is written in groups or without
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ₀₁₂₃₄₅₆₇₈₉₊₋−♯♭", "0123456789+-n0123456789+--#b")
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?:https?://|www\.)[^\s,;)]+",
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"(?<![\w])(?:~|\.{1,2})?/[\w.~*-]+(?:/[\w.~*-]*)*|[A-Za-z]:\\[\w\\. -]+",
        r"--[a-z][\w-]*(?:=\w+)?|(?<![\w.])-[A-Za-z]{1,4}\b(?!-)",
        r"(?:Ctrl|Cmd|Alt|Shift|Control|Command|Option|Strg|⌘|⌃|⌥|⇧)"
        r"(?:(?:\s?[+-]\s?|\s+(?:and|plus|und|et|y|e|и|en)\s+)"
        r"(?:\w|F\d+|Shift|Alt|Del\w*|Enter|Esc\w*|Tab)\b)+",
        r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?!\w)",
        r"[A-F][ -](?:plus|minus)\b",
        r"[A-G](?:#|b)?m(?:aj|in)?7?\b",
        r"[=!<>&|+*/%^~?:-]{2,3}(?![\w\d(])|#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?(?!\w)|"
        r"[#.@][A-Za-z][\w-]+",
        r"[OΘΩoT]\s?\(\s?[^()\s][^()]{0,30}(?:\([^()]{1,10}\)[^()]{0,10})?\)",
        r"(?:UTC|GMT)\s?[+-]\s?\d{1,2}(?::?\d{2})?",
        r"[A-G](?:#|b)?[ -]?(?:sharp|flat)?[ -]?(?:minor|major|min|maj)\b",
        # Ions and blood groups.
        r"(?:[A-Z][a-z]?\d*|\((?:[A-Z][a-z]?\d*)+\)\d*){1,12}\^?\d?[+-](?![\w])",
        r"[^\W\d_][\w]*(?:\+\+|#)(?!\w)",
        r"[A-Z]{0,3}\d[A-Z0-9]{0,4}[ -](?=\d*[A-Z])[A-Z0-9]{2,5}(?![\w-]| [A-Z0-9])|"
        r"\+?\d[\d()]*(?:[ .-]?[\d()]+){2,6}(?!\w)|"
        r"(?=\D*\d)[A-Z0-9]{2,5}(?:[ -][A-Z0-9]{2,5}){2,8}(?!\w)",  # where asked for
        r"(?=[\w.]*\d)(?=[\w.]*[A-Za-z])[A-Za-z0-9]+(?:[._][A-Za-z0-9]+)*",
        r"\d+(?:\.\d+){3}/\d{1,2}(?!\w)",  # a network
        r"\d+(?:\.\d+){2,}\w*",
        r"0\d+\b(?![.,]\d)",
        r"[a-z_]\w+(?:\.[a-z_]\w+)+(?:\(\))?|\w+\(\)",
        r"[A-Z][a-z]*[A-Z]\w*|[A-Z]{2,5}\b",
        r"[A-Za-zα-ωΑ-Ω]\b(?!['’\w]|\.\s*\S)",
    )
)
_SCRIPTS = re.compile(
    r"(?:(?<=[A-Za-z0-9)\]])[_^]\{?(?=\d{0,2}[+-](?!\d))|(?<=[A-Za-z)\]])[_^]\{?)(\d{0,2}[+-]?)(?![\w.])\}?"
    r"|(?<=[A-Za-z)\]])_\{?(\d{1,2})\}?(?=[A-Z(\[])"
)
_SETTING = re.compile(r"\\(?:mathcal|mathrm|text|left|right|cdot|times|,)?|[\s${}^*·⋅×]")
_RAISED_POWER = re.compile(r"(?<![\w.)₀-₉])(\d+(?:[.,]\d+)?)(⁻?[⁰¹²³⁴-⁹]+)")  # 10⁸, not m² or O₂⁻
_VERSION = re.compile(r"[vV](\d+(?:\.\d+)+\w*)")
_COLOUR = re.compile(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_PHONE, _SINGLE = 14, len(_FORMS) - 1
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|er|e|º|ª|s)\b", re.IGNORECASE)
_UNIT_GLUED = re.compile(
    r"\d[\d.,]*(?:[kKMGT]?[mgsWVAJNlL]|km|cm|mm|kg|mg|ms|ml|Hz|kHz|MHz|GHz|KB|MB|GB|TB|min|h|am|pm|AM|PM|x|k|K|M|bn|mn|°?[CF])(?:/\w+)?\b"
)
_KEYS = {
    "control": "ctrl",
    "strg": "ctrl",
    "command": "cmd",
    "⌘": "cmd",
    "⌃": "ctrl",
    "⌥": "alt",
    "⇧": "shift",
}


def plain(text: str) -> str:
    """The text with raised and lowered figures, sharps and flats as keyboards have them."""
    text = text.replace("℃", "°C").replace("℉", "°F")
    text = _RAISED_POWER.sub(lambda m: f"{m[1]}^{m[2].translate(_RAISED)}", text)
    return _SCRIPTS.sub(lambda m: m[1] or m[2] or "", text.translate(_RAISED))


def at(text: str, place: int, *, digits_are_letters: bool) -> tuple[str, int] | None:
    """The identifier that begins here, in its normal spelling, and where it ends.

    digits_are_letters: the question asks for a number of the kind that nobody reckons with.
    """
    if place and (text[place - 1].isalnum() and text[place].isalnum()):
        return None
    if _ORDINAL.match(text, place) or _UNIT_GLUED.match(text, place):
        return None
    for n, form in enumerate(_FORMS):
        if n == _PHONE and not digits_are_letters:
            continue
        match = form.match(text, place)
        if match is None:
            continue
        if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", match[0]) and not digits_are_letters:
            return None
        if n == _SINGLE and match[0] in ("a", "I", "A") and _is_article(text, match):
            return None
        if n == _SINGLE and match[0].islower() and not match[0] > "z":
            return None
        return normal(match[0], digits_are_letters), match.end()
    if digits_are_letters:
        match = re.compile(r"\d[\d.,-]*\d|\d").match(text, place)
        if match:
            return normal(match[0], True), match.end()
    return None


def _is_article(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 1] == " " and text[match.end() :].strip()[:1].isalpha()


def is_key(text: str) -> bool:
    """Whether it can be the name of a chord or a key: Am, F#."""
    return re.fullmatch(r"[A-G][#b]?m?", text) is not None


def normal(text: str, digits_are_letters: bool = False) -> str:
    """One spelling of an identifier: no spaces, carets or braces; keys by one name."""
    bare = re.sub(r"[\s^{}$\\_]" if "(" in text or "+" in text[1:] else r"[\s^{}$]", "", text)
    if digits_are_letters and re.fullmatch(r"\+?[\d().,-]+|[A-Z0-9-]+", bare):
        length = len(re.sub(r"\D", "", bare))
        if length >= SHORTEST_GROUPED and re.fullmatch(r"[\d-]+", bare):
            return bare.replace("-", "")  # 20-45-12
        return re.sub(r"[().,\s-]", "", bare) if length > 6 else bare
    if colour := _COLOUR.fullmatch(text.strip()):
        figures = colour[1] if len(colour[1]) == 6 else "".join(c * 2 for c in colour[1])
        return f"#{figures.upper()}"
    low = bare.lower()
    if (
        low.startswith(("ctrl", "cmd", "alt", "shift", "control", "command", "option", "strg"))
        or bare[:1] in _KEYS
    ):
        parts = re.split(
            r"[+-]|(?<=[a-z])(?:and|plus|und|et|и|en|y|e)(?=\w$|shift|alt|del|enter|f\d)", low
        )
        return "+".join(_KEYS.get(part, part) for part in parts)
    if low.startswith(("utc", "gmt")):
        match = re.match(r"(?:utc|gmt)([+-])0?(\d{1,2}):?(\d{2})?", low)
        if match:
            return f"UTC{match[1]}{match[2]}" + (
                f":{match[3]}" if match[3] not in (None, "00") else ""
            )
    if re.fullmatch(r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}", bare):
        return bare.replace("-", ":").upper()
    grade = re.fullmatch(r"([A-F])-?(plus|minus)", bare)
    if grade:
        return grade[1] + ("+" if grade[2] == "plus" else "-")
    key = re.fullmatch(r"([A-G](?:#|b)?)-?(sharp|flat)?-?(minor|major|min|maj)", bare)
    if key:
        mark = {"sharp": "#", "flat": "b", None: ""}[key[2]]
        return f"{key[1]}{mark}{'m' if key[3].startswith('min') else ''}"
    if version := _VERSION.fullmatch(bare):
        return version[1]
    if grown := growth(bare):
        return grown
    return bare.rstrip(".").removeprefix("./")


def growth(text: str) -> str | None:
    """O(n log n) in one spelling, however it is set; None where it is none."""
    bare = _SETTING.sub("", plain(text))
    bare = bare.replace("lg", "log").replace("ln", "log")
    bare = re.sub(r"log(?:_?2(?=[\w(]))?(?:\(([a-zA-Z])\)|([a-zA-Z]))", r"log\1\2", bare)
    return bare if re.fullmatch(r"[OΘΩoT]\([^()]*(?:\([^()]*\)[^()]*)*\)", bare) else None
