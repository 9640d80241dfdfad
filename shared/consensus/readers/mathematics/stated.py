r"""The part of a longer text that states its answer: "Answer: ...", \boxed{...}, what $ quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from consensus.core.plain import folded
from consensus.readers import packs
from consensus.readers.mathematics import units

LONGEST = 100_000  # characters that are looked at, from the end
LONGEST_BOX = 4_000

_BOXED = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|(?=\d))")
_QUOTED = re.compile(
    r"\$\$((?:[^$\\]|\\.){1,600})\$\$|(?<!\\)\$((?:[^$\n\\]|\\.){1,600})\$|\\\(((?:(?!\\[()]).){1,600})\\\)|"
    r"\\\[((?:(?!\\[\[\]]).){1,600})\\\]",
    re.DOTALL,
)
_SENTENCE_END = re.compile(r"(?<=[a-z\d)\]}$%*]{2})[.!?]\s+(?=[A-Z\"*(])|(?<=\d)\.\s+(?=[A-Z])|。")
_NOTHING = " \t\r\n.,;:*_`\"'"
_BETWEEN = re.compile(
    r"[\s$,;&]*(?:\\text\{)?\s*(?:,?\s*(?:and|or)\b)?\s*\}?[\s$]*(?:[a-z]\s?=[\s$]*)?"
)
_ASIDE = re.compile(
    r"(?:\b(?:about|approximately|roughly|nearly|at|when|where|for|if|since|because|while|whereas|"
    r"with|using|from)|≈|\\approx)\s*\$*$",
    re.IGNORECASE,
)
_COMMAND = re.compile(r"\\(?:begin|end)\{[a-z*]+\}|\\[A-Za-z]+")
_WRAPPED = re.compile(r"\\(?:text|mathrm|operatorname|textbf|mbox)\s*\{[^{}]{0,100}\}")
_WORD = re.compile(r"[a-z]{3,}")
_PROSE = re.compile(r"[^\W\d_]{2,}")
_UNIT_AFTER = re.compile(
    r"\s*(?:%|°\s?[CF]?|(?:(?:square|cubic) )?[a-z]{3,12} (?:per|an?) [a-z]{3,12}|"
    r"(?:square|cubic) [a-z]{3,12}|"
    r"[a-zA-Zµ]{1,12}(?:\s?/\s?[a-z]{1,6})?[²³]?)(?=[\s.,;)]|$)"
)


@cache
def _labelled() -> re.Pattern[str]:
    """A line that begins with what an answer is called, and a colon or the like."""
    heads = packs.unbounded("heads")
    form = rf"^[\s>*_#-]{{0,20}}{heads}[*_ ]{{0,4}}[:：=][*_ ]{{0,4}}(.*)$"
    return re.compile(form, re.IGNORECASE)


@cache
def _led_to() -> re.Pattern[str]:
    """The words of a sentence that lead to its answer."""
    return re.compile(rf"(?:{packs.phrases('leads').pattern})[:*_\s]{{0,6}}", re.IGNORECASE)


def boxed(text: str) -> str | None:
    r"""What the last \boxed{...} holds, with those right before it: \boxed{1} and \boxed{2}."""
    found = _boxes(text[-LONGEST:])
    return _last_run(text[-LONGEST:], found) if found else None


def is_told_after_box(text: str) -> bool:
    r"""Whether an answer is told in words after the last \boxed{...}."""
    boxes = [match.end() for match in _BOXED.finditer(text)]
    return bool(boxes) and told(text[boxes[-1] :].partition("\n")[2]) is not None


def told(text: str) -> str | None:
    """What stands after the last "Answer:" or "the answer is"."""
    lines = [line for line in text.splitlines() if line.strip()]
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place][:LONGEST_BOX]
        label = _labelled().match(line)
        if label:
            said = label[1].strip(" *_") or "\n".join(lines[place + 1 :])
            if said.strip(_NOTHING):
                return said
        stated = [match.end() for match in _led_to().finditer(line)]
        if stated and line[stated[-1] :].strip(_NOTHING):
            return str(_SENTENCE_END.split(line[stated[-1] :], maxsplit=1)[0]).strip()
    return None


def answer_of(text: str) -> str:
    """The mathematics that a text states as its answer, or all of it where nothing tells."""
    text = text[-LONGEST:]
    if ("\\boxed" in text or "\\fbox" in text) and not is_told_after_box(text):
        found = boxed(text)
        if found:
            return found
    text = told(text) or text
    text = told(text) or text  # Final answer: the answer is 5.
    if "\n" in text.strip() and "\\begin" not in text:
        lines = [line for line in text.splitlines() if any(c.isdigit() for c in line)]
        text = lines[-1] if lines and _PROSE.search(text) else text
    if "$" in text or "\\(" in text or "\\[" in text:
        return _quoted(text) or text
    return text


Found = tuple[int, int, str]  # where it starts and ends, and what it holds


def _boxes(text: str) -> list[Found]:
    found = []
    for match in list(_BOXED.finditer(text))[-20:]:
        if not match[0].endswith("{"):
            found.append((match.start(), match.end() + 1, text[match.end()]))
            continue
        depth, start = 1, match.end()
        for place in range(start, min(len(text), start + LONGEST_BOX)):
            depth += (text[place] == "{") - (text[place] == "}")
            if depth == 0:
                if text[start:place].strip() and (not found or match.start() >= found[-1][1]):
                    found.append((match.start(), place + 1, text[start:place]))
                break
    return found


def _last_run(text: str, found: Sequence[Found]) -> str:
    """The last of some parts, with those before it that only a comma or an "and" divides."""
    run = [found[-1][2].strip()]
    for before, after in zip(found[-2::-1], found[:0:-1], strict=False):
        if after[0] - before[1] > 40 or not _BETWEEN.fullmatch(text[before[1] : after[0]]):
            break
        run.insert(0, before[2].strip())
    return ", ".join(dict.fromkeys(run))


def _quoted(text: str) -> str | None:
    """The last mathematics that a sentence quotes, with its unit; None where there is no prose."""
    found = [
        (match.start(), match.end(), inner)
        for match in list(_QUOTED.finditer(text))[-60:]
        if (inner := next(part for part in match.groups() if part)) and _is_mathematics(inner)
    ]
    if not found or not _PROSE.search(_QUOTED.sub(" ", text)):
        return None
    while len(found) > 1 and _ASIDE.search(text[found[-2][1] : found[-1][0]]):
        found.pop()  # what is rounded, or a condition: the answer is told before
    outside = text[: found[-1][0]] + text[found[-1][1] :]
    if len(found) == 1 and len(_PROSE.findall(outside)) < 2:
        return None  # $5$ km, x = $5$
    after = _UNIT_AFTER.match(text, found[-1][1])
    unit = units.parse(folded(after[0])) if after else None
    is_unit = after and unit and unit.dimension and not unit.counted
    return _last_run(text, found) + (after[0] if after and is_unit else "")


def _is_mathematics(inner: str) -> bool:
    """Whether dollars quote it, rather than being money on both sides of some words."""
    if inner.strip()[:1] in ("", "^", "_"):
        return False  # the power of a unit
    return not _WORD.search(_COMMAND.sub(" ", _WRAPPED.sub(" ", inner)))
