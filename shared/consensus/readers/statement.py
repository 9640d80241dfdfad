r"""Where prose states its answer: "Answer: ...", "the answer is ...", \boxed{...}, tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from consensus.readers.packs import any_of, packs, phrases, templates, words

_BOX = re.compile(r"(?:\\(?:boxed|fbox|framebox)|(?<![\w\\])b?oxed(?=\{))\s{0,9}(?:\{|(?=\d))")
LOOKED_AT = 20  # statements of a kind, from the end
_BETWEEN_BOXES = re.compile(r"[\s$,;&]*(?:\\text\{)?\s*(?:,?\s*(?:and|or)\b)?\s*\}?[\s$]*")
_TAG_OPENS = re.compile(
    r"<(?P<name>answer|final_answer|final|response|output|solution|result)>|\[ANSWER\]|"
    r"<\|begin_of_(?:solution|answer)\|>|<\|(?:START|BEGIN)_(?:RESPONSE|ANSWER)\|>",
    re.IGNORECASE,
)
_TAG_CLOSES = re.compile(
    r"</(?:answer|final_answer|final|response|output|solution|result)>|\[/ANSWER\]|"
    r"<\|end_of_(?:solution|answer)\|>|<\|END_(?:RESPONSE|ANSWER)\|>",
    re.IGNORECASE,
)
_HASHES = re.compile(r"^#{4}[ \t]{1,9}(?=\S)", re.MULTILINE)  # as GSM8K ends its solutions
_DOUBLE = re.compile(r"\[\[([^\[\]\n]{1,100})\]\]")
_SENTENCE_END = re.compile(
    r"(?<=[a-z\d)\]}$%*\"'”’]{2})[.!?]\s+(?=[A-Z\"*(])|(?<=\d)[.!?]\s+(?=[A-Z])|[。！？।]|(?<=[^\W\dA-Za-z])[.!?]\s"
)
_ARROW = (
    r"[*_ \t)\]\"”’']{0,6}(?:[:：]|=+>?|-{1,3}>|>{2,3}|→|⇒|➜|—|–)"
    r"[*_ \t]{0,6}(?:[-=]{1,3}>)?[*_ \t]{0,6}"
)
_LINE_START = r"(?:^[ \t>*_#\-•✅➡️👉]{0,20}|(?<=[.!?;:,)。！？：，\n])[ \t*_]{0,6})"
NOTHING = " \t\r\n.,;:*_`\"'#=→"


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer that a text states, and from where to where in the text.

    is_formal: a label, a tag, a box; not a sentence that happens to speak of the answer.
    goes_on: a label, after which a longer answer may go on to the end of the text.
    """

    said: str
    start: int
    end: int
    is_formal: bool
    goes_on: bool = False


def statements(text: str) -> Iterator[Statement]:
    """All of them, in no order; linear in the length of the text."""
    yield from _boxed(text)
    yield from _tagged(text)
    yield from _after_hashes(text)
    yield from _labelled(text)
    yield from _told(text)


def last_statement(text: str) -> Statement | None:
    """The one that counts: the last, and of those that overlap the one that says it formally."""
    found = sorted(statements(text), key=lambda s: (s.start, s.end))
    last: Statement | None = None
    for each in found:
        holds = last is not None and each.start < last.end
        if last is None or not holds or (each.is_formal and not _is_vain(each)):
            last = each
    return last


def _is_vain(statement: Statement) -> bool:
    return not statement.said.strip(NOTHING)


def boxed_alone(text: str) -> str | None:
    r"""What a text that is a \boxed{...} and nothing else holds."""
    found = _boxes(text)
    is_all = len(found) == 1 and (found[0].start, found[0].end) == (0, len(text))
    return found[0].said.strip() if is_all else None


def corrections(text: str) -> Iterator[Statement]:
    """What a text says instead of an answer that it gave before: "it should be 42"."""
    return _by_templates(text, "corrects_to")


def repetitions(text: str) -> Iterator[Statement]:
    """What a text says of "it", which may be the answer: "It is 42"."""
    return _by_templates(text, "says_of_it")


def takes_back(text: str) -> bool:
    """Whether a text begins to correct what was said before it."""
    return phrases("corrects").search(text) is not None


def after_correction(text: str) -> str:
    """What follows the last "wait, no" of a text; "" where there is none."""
    found = list(phrases("corrects").finditer(text))
    return text[found[-1].end() :].strip(" ,.:;!") if found else ""


def double_bracketed(text: str) -> list[str]:
    """What stands in [[ ]], each with its brackets."""
    return [f"[[{found}]]" for found in _DOUBLE.findall(text)]


def sentence_of(text: str) -> str:
    """A text up to the end of its first sentence; an abbreviation or an initial ends none."""
    for end in _SENTENCE_END.finditer(text):
        before = re.search(r"[^\W\d_]+$", text[max(0, end.start() - 20) : end.start()])
        if before is None or before[0].casefold() not in words("abbreviations"):
            return text[: end.start()]
    return text


def _boxed(text: str) -> Iterator[Statement]:
    r"""What the last \boxed{...} holds, with those right before it: \boxed{1} and \boxed{2}."""
    found = _boxes(text)
    if not found:
        return
    run = [found[-1]]
    for before, after in zip(found[-2::-1], found[:0:-1], strict=False):
        gap = text[before.end : after.start]
        if len(gap) > 40 or not _BETWEEN_BOXES.fullmatch(gap):
            break
        run.insert(0, before)
    said = ", ".join(dict.fromkeys(box.said.strip() for box in run))
    yield Statement(said, run[0].start, run[-1].end, is_formal=True)


def _boxes(text: str) -> list[Statement]:
    found: list[Statement] = []
    for match in list(_BOX.finditer(text))[-LOOKED_AT:]:
        if found and match.start() < found[-1].end:
            continue
        start = match.end()
        end = _closing(text, start) if match[0].endswith("{") else _token_end(text, start)
        if end is not None and text[start:end].strip():
            found.append(
                Statement(_unboxed(text[start:end]), match.start(), end + 1, is_formal=True)
            )
    return found


def _token_end(text: str, start: int) -> int:
    token = re.compile(r"\d[\d.,]{0,40}\d|\d").match(text, start)
    return token.end() if token else start


def _unboxed(inner: str) -> str:
    r"""Without boxes within: \frac{1}{\boxed{2}}."""
    for _ in range(LOOKED_AT):
        box = _BOX.search(inner)
        if box is None or not box[0].endswith("{"):
            break
        end = _closing(inner, box.end())
        if end is None:
            break
        inner = inner[: box.start()] + inner[box.end() : end] + inner[end + 1 :]
    return inner


def _closing(text: str, start: int) -> int | None:
    depth = 1
    for brace in re.finditer(r"(?<!\\)[{}]", text[start:]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    return None


def _tagged(text: str) -> Iterator[Statement]:
    opened = list(_TAG_OPENS.finditer(text))[-1:]
    for tag in opened:
        closed = _TAG_CLOSES.search(text, tag.end())
        end = closed.start() if closed else len(text)
        said = text[tag.end() : end].strip()
        if said:
            yield Statement(said, tag.start(), closed.end() if closed else end, is_formal=True)


def _after_hashes(text: str) -> Iterator[Statement]:
    for mark in list(_HASHES.finditer(text))[-1:]:
        line = text[mark.end() :].partition("\n")[0]
        if len(line) <= 100 and any(c.isdigit() for c in line):
            yield Statement(line.strip(), mark.start(), mark.end() + len(line), is_formal=True)


@cache
def _label() -> re.Pattern[str]:
    told = "|".join(
        any_of(pack.get("answer", ())).pattern for pack in packs() if pack.get("answer")
    )
    heading = rf"^[ \t>*_#]{{1,20}}(?:{told})[ \t*_#]{{0,9}}$"
    return re.compile(
        rf"{_LINE_START}(?:{told})(?:{_ARROW}|(?=[ \t*_#]{{0,9}}$))|{heading}",
        re.IGNORECASE | re.MULTILINE,
    )


def _labelled(text: str) -> Iterator[Statement]:
    """What stands after a label, on its line, or below where its line is empty."""
    for label in list(_label().finditer(text))[-LOOKED_AT:]:
        line, _, below = text[label.end() :].partition("\n")
        is_own_line = not line.strip(NOTHING)
        if is_own_line and not below.strip(NOTHING):
            continue
        said = below if is_own_line else line
        start = len(text) - len(below) if is_own_line else label.end()
        end = start + len(said)
        yield Statement(said.strip(), label.start(), end, is_formal=True, goes_on=True)


def _told(text: str) -> Iterator[Statement]:
    return _by_templates(text, "states")


def _by_templates(text: str, purpose: str) -> Iterator[Statement]:
    for template in templates(purpose):
        told = template.before.finditer(text) if template.before else ()
        for before in list(told)[-LOOKED_AT:]:
            line = _line(text, before.end())
            sentence = sentence_of(line)
            said = _after_restart(sentence, template.before).strip(" \t:：_=—")
            if not said or phrases("not_answers").match(said):
                continue
            end = before.end() + len(sentence)
            if template.after is not None:
                said = _without_end(said, template.after)
            yield Statement(said, before.start(), end, is_formal=False)


def _after_restart(said: str, before: re.Pattern[str] | None) -> str:
    """What follows the same words said again in the sentence: "is 5, but no: the answer is 6"."""
    again = list(before.finditer(said)) if before else []
    return said[again[-1].end() :] if again and said[again[-1].end() :].strip(NOTHING) else said


def _line(text: str, start: int) -> str:
    """What is left of a line from here."""
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)]


def _without_end(said: str, after: re.Pattern[str]) -> str:
    ends = [
        match.start()
        for match in after.finditer(said)
        if not said[match.end() :].strip(NOTHING + "。")
    ]
    return said[: ends[0]].strip(" \t'’") if ends and ends[0] else said
