"""Which of the listed options an answer chooses: "I considered (A) ... so it must be D" is D."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from consensus.core.plain import folded
from consensus.readers import statement
from consensus.readers.packs import phrases, templates, whole, words

LONGEST_NAME = 80  # characters of an option that is looked for by its text
LOOKED_AT = 100  # mentions of options, from the end
LONGEST_SLIP = 3  # words after a letter that are no sentence
CLAUSE = 80  # characters before and after a mention that say what is thought of it

Options = Mapping[str, str]  # an option's text by its small letter, in their order

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_AROUND = " \t\r\n.,:;*_\"'`"
_EDGES = " \t\r\n.,:;)]*_-—–\"'$}`"
# "°C" is no option.
_APART = r"(?<![A-Za-z0-9À-ɏЀ-ӿ'’°])(?<!° )"
_OPENS, _CLOSES = r"(?:[(\[（【]{1,2}|\*\*|[\"'“‘$`\\])", r"(?=[)\]）】*\"'”’$`.:])[)\]）】]{0,2}"
_LISTED = r"[\s*_(\[\"']{0,4}[A-JА-И][\s,;/&)\]*_]{1,4}(?:(?:and|or|nor|und|et|y|e|и|和)\W{1,3})?"
_KIND = re.compile(r"\W{0,4}(?:option|choice|answer|letter|selection)?\W{0,4}", re.IGNORECASE)
_JOINT = re.compile(r"[\s,;&]+(?:and|und|et|y|e|i|и|en)?[\s(]*$", re.IGNORECASE)
_PART_END = re.compile(r"(?:[.;,!?]\s|\n)[\s*_>#(\[-]*$")
_SET_OFF = re.compile(r"[.:;,)]?\s{0,3}(?:[—–\-(\n]|(?<=[.:;,)])\s)|[.:;,)]\s")


@dataclass(frozen=True, slots=True)
class _Mention:
    """A place where an option stands. is_marked: (B), B), [B], **B**."""

    letter: str
    start: int
    end: int
    is_marked: bool


def chosen(said: str, options: Options, *, is_prose: bool) -> str | None:
    """The letter, or the letters, that a said answer chooses; None where that is not clear.

    is_prose: it is a sentence that was found, not what a ballot gives as its answer.
    """
    text = said.strip()
    several = _only_letters(text, options)
    letter = (
        _named_exactly(text, options)
        or ", ".join(letter.upper() for letter in several)
        or ", ".join(letter.upper() for letter in _each_written_out(text, options))
        or _by_number(text, options)
        or _first(text, options)
        or _picked(text, options, is_prose=is_prose)
        or _named(text, options, is_prose=is_prose)
    )
    return letter.upper() if letter else None


def chosen_in(text: str, options: Options) -> str | None:
    """The letter that a whole text chooses: the last that it says so of, or the only one."""
    lines = [line.strip() for line in text.splitlines() if line.strip(_EDGES)]
    if not lines or not options:
        return None
    written_out = [_written_out(line, options) for line in lines]
    if len(lines) > 1 and all(written_out):
        return ", ".join(sorted({letter.upper() for letter in written_out if letter}))
    corrected = statement.after_correction(text)
    if corrected and (letter := chosen(corrected, options, is_prose=True)):
        return letter
    standing = _standing(_mentions(text, options), text)
    last = chosen(lines[-1], options, is_prose=True)
    strong = [m for m in standing if _is_chosen(text, m)]
    if goes_through(text, options):
        ends = last if len(lines) > 1 and not _begins_with_one(lines[-1], options) else None
        return ends or (strong[-1].letter.upper() if strong else None)
    if strong:
        ends_it = last is not None and strong[-1].start < text.rfind(lines[-1])
        return last if ends_it else strong[-1].letter.upper()
    first = _first(lines[0], options) if len(lines) > 1 else None
    if first or last:
        return first.upper() if first else last
    only = _only(standing, text, options)
    return only.letter.upper() if only else None


@cache
def _mark(letters: str) -> re.Pattern[str]:
    """An option's letter apart from words; a small one only in brackets, or alone."""
    upper, lower = letters.upper(), letters.casefold()
    kinds = "|".join(sorted(words("option")))
    return re.compile(
        rf"{_APART}(?:(?P<b>{_OPENS})\s?(?P<m>[{upper}{lower}]){_CLOSES}"
        rf"|(?P<n>[{upper}])(?![A-Za-z0-9'’+#&-]|\.[A-Za-z])[)\]）】.:、]?)"
        rf"|(?:^|\b(?:{kinds})\s)(?P<s>[{lower}])[).:]?(?=\s|$)"
    )


def _mentions(text: str, options: Options) -> list[_Mention]:
    """Where options stand by their letters."""
    found = []
    for match in list(_mark("".join(options)).finditer(text))[-LOOKED_AT:]:
        letter = match["m"] or match["n"] or match["s"]
        is_marked = bool(match["b"] or match["s"]) or match[0][-1:] in ")]）】.:、"
        after = text[match.end() : match.end() + CLAUSE]
        if is_marked or letter not in "AI" or _follows_a_letter(after):
            found.append(_Mention(letter.casefold(), match.start(), match.end(), is_marked))
    return found


def _follows_a_letter(after: str) -> bool:
    """Whether A before this is an option, rather than an article."""
    rest = after.lstrip()
    if not rest or not after[0].isspace():
        return True
    word = _WORD.match(rest)
    if word is None:
        return True
    small = word[0].casefold()
    joins = small in words("or") or small in words("and") or small in words("is")
    return word[0][0].islower() and (joins or phrases("because").match(rest) is not None)


def _named_mentions(text: str, options: Options) -> list[_Mention]:
    """Where options are named by their texts, a longer one before those that it holds."""
    found: list[_Mention] = []
    told = text.casefold()
    for letter, option in sorted(options.items(), key=lambda each: -len(each[1])):
        name = option.strip(_AROUND).casefold()
        if not 2 < len(name) <= LONGEST_NAME:
            continue
        for match in list(whole(name).finditer(told))[-LOOKED_AT:]:
            if not any(m.start < match.end() and match.start() < m.end for m in found):
                found.append(_Mention(letter, match.start(), match.end(), is_marked=False))
    return sorted(found, key=lambda m: m.start)


# --- ways to choose


def _named_exactly(text: str, options: Options) -> str | None:
    """The option whose text this is; it may hold letters of its own."""
    told = _plain(text)
    own = [letter for letter, option in options.items() if told and _plain(option) == told]
    return own[0] if len(own) == 1 and told not in options else None


def _only_letters(text: str, options: Options) -> list[str]:
    """The letters of a text that lists letters and nothing else: "A, B and C", "ABC"."""
    said = [word.casefold() for word in _WORD.findall(text)]
    small = [word for word in said if word in options]  # a and c
    if len(small) > 1 and not set(said) - set(small) - words("and") - words("option"):
        return sorted(set(small))
    marked = _mentions(text, options)
    left = {word.casefold() for word in _WORD.findall(_without(text, marked))}
    if marked and not left - words("and") - words("option"):
        return sorted({mention.letter for mention in marked})
    listed = _listed_first(text, marked)
    if listed:
        return listed
    letters = list(text.casefold()) if re.fullmatch(r"[A-J]{2,9}", text) else []
    return letters if letters == sorted(set(letters)) and set(letters) <= set(options) else []


def _listed_first(text: str, mentions: Sequence[_Mention]) -> list[str]:
    """The letters of "A, B and C are prime"; none where they are said to be wrong."""
    if len(mentions) < 2 or _standing(mentions, text) != list(mentions):
        return []
    around = _without(text[: mentions[-1].end], mentions)
    between = {word.casefold() for word in _WORD.findall(around)}
    after = _WORD.match(text[mentions[-1].end :].strip(_EDGES))
    is_told = after is not None and after[0].casefold() in words("is")
    is_list = not between - words("and") - words("option")
    return sorted({m.letter for m in mentions}) if is_told and is_list else []


def _each_written_out(text: str, options: Options) -> list[str]:
    """The letters of a list in which each stands with its own text: "A) 2 and C) 4"."""
    mentions = [mention for mention in _mentions(text, options) if mention.is_marked]
    if len(mentions) < 2 or text[: mentions[0].start].strip(_EDGES):
        return []
    ends = [mention.start for mention in mentions[1:]] + [len(text)]
    for mention, end in zip(mentions, ends, strict=True):
        told = _JOINT.sub("", text[mention.end : end].strip(_EDGES))
        if _plain(told.strip(_EDGES)) != _plain(options[mention.letter]):
            return []
    return sorted({mention.letter for mention in mentions})


def _by_number(text: str, options: Options) -> str | None:
    """The third of lettered options for 3, where no option speaks of numbers."""
    number = re.fullmatch(r"(\d)\W?", text)
    has_letters = next(iter(options)).isalpha()
    if number is None or not has_letters or any(re.search(r"\d", o) for o in options.values()):
        return None
    place = int(number[1])
    return list(options)[place - 1] if 0 < place <= len(options) else None


def goes_through(text: str, options: Options) -> bool:
    """Whether a text says something of one option after the other: "A: too small. B: larger"."""
    letters = [
        m.letter
        for m in _mentions(text, options)
        if m.is_marked
        and (
            not text[: m.start].strip(_EDGES)
            or _PART_END.search(text[max(0, m.start - CLAUSE) : m.start])
        )
        and _says_more(text, m)
    ]
    places = [list(options).index(letter) for letter in dict.fromkeys(letters)]
    in_order = len(places) > 1 and places == list(range(len(places)))
    return in_order and not _each_written_out(text, options)


def _begins_with_one(line: str, options: Options) -> bool:
    """Whether a line says something of the option that it begins with."""
    first = next(iter(_mentions(line, options)), None)
    return first is not None and not line[: first.start].strip(_EDGES) and _says_more(line, first)


def _says_more(text: str, mention: _Mention) -> bool:
    """Whether words follow an option's letter and its mark, or colon."""
    rest = text[mention.end - 1 :]
    return re.match(r"[)\]:.]?[*_]{0,2}[:.)]?\s+(?![A-JА-И]\b)[^\W_]", rest) is not None


def _first(text: str, options: Options) -> str | None:
    """The letter that a text begins with, where its own option or a reason follows."""
    if goes_through(text, options):
        return None
    kind = _KIND.match(text)
    start = kind.end() if kind else 0
    mention = next((m for m in _mentions(text, options) if m.start <= start < m.end), None)
    if mention is None or _is_rejected(text, mention):
        return None
    rest = _after(text, mention)
    if not rest or _is_told_of(options[mention.letter], rest):
        return mention.letter
    if _is_a_slip(mention, rest, options):
        return None
    if phrases("because").match(rest):
        return mention.letter
    is_tied = (words("or") | words("and")) & {w.casefold() for w in _WORD.findall(rest)[:1]}
    is_set_off = _SET_OFF.match(text, mention.end) or _SET_OFF.match(text, mention.end - 1)
    is_plain = phrases("fillers").match(rest) is not None
    return mention.letter if not is_tied and (is_set_off or is_plain) else None


def _written_out(line: str, options: Options) -> str | None:
    """The option that a line writes out, letter and text."""
    found = _mentions(line, options)
    is_it = found and _is_told_of(options[found[0].letter], _after(line, found[0]))
    return found[0].letter if is_it and not line[: found[0].start].strip() else None


def _picked(text: str, options: Options, *, is_prose: bool) -> str | None:
    """The letter that a text says it chooses; else the only one that it does not reject."""
    mentions = _mentions(text, options)
    standing = _standing(mentions, text)
    strong = [m for m in standing if _is_chosen(text, m)]
    if strong:
        return strong[-1].letter
    only = _only(standing, text, options)
    is_clear = only and (is_prose or len(mentions) > len(standing) or only.is_marked)
    return only.letter if only and is_clear else None


def _named(text: str, options: Options, *, is_prose: bool) -> str | None:
    """The option that a text names, where it names no other, or says that it chooses this one.

    A ballot's answer must be nearly the option: a name in full, for one.
    """
    if any(m.is_marked for m in _mentions(text, options)):
        return None  # "B) Mars" where Mars is A
    standing = _standing(_named_mentions(text, options), text)
    strong = [m for m in standing if _is_chosen(text, m)] if is_prose else []
    if strong:
        return strong[-1].letter
    if len({m.letter for m in standing}) != 1:
        return None
    mention = standing[0]
    others = _WORD.findall(_without(text, standing))
    is_name = text[mention.start].isupper() and len(others) < 3
    adds_a_name = is_name and all(word[0].isupper() for word in others)
    adds_nothing = not {word.casefold() for word in others} - words("fillers")
    return mention.letter if is_prose or adds_a_name or adds_nothing else None


# --- what is said of a mention


def _standing(mentions: Sequence[_Mention], text: str) -> list[_Mention]:
    return [mention for mention in mentions if not _is_rejected(text, mention)]


def _is_chosen(text: str, mention: _Mention) -> bool:
    return _is_said(text, mention, "chooses")


def _is_rejected(text: str, mention: _Mention) -> bool:
    """Whether the letter, or the list of letters that it stands in, is spoken against."""
    return _is_said(text, mention, "rejects")


def _is_said(text: str, mention: _Mention, purpose: str) -> bool:
    before, after = _sides(purpose)
    return (
        before.search(text[max(0, mention.start - CLAUSE) : mention.start]) is not None
        or after.match(text[mention.end : mention.end + CLAUSE]) is not None
    )


@cache
def _sides(purpose: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What stands right before a letter, and right after it, for a purpose."""
    found = templates(purpose)
    before = "|".join(f"(?:{t.before.pattern})" for t in found if t.before and not t.after)
    after = "|".join(f"(?:{t.after.pattern})" for t in found if t.after and not t.before)
    listed = rf"(?:(?:and|or|und|et|,)\s?{_LISTED}){{0,5}}"
    return (
        re.compile(
            rf"(?:{before or '(?!)'})[\s:*_(\[\"']{{0,6}}(?:{_LISTED}){{0,9}}$", re.IGNORECASE
        ),
        re.compile(rf"[\s*_)\]\"'.,]{{0,4}}{listed}\s{{0,2}}(?:{after or '(?!)'})", re.IGNORECASE),
    )


def _is_told_of(option: str, rest: str) -> bool:
    """Whether what follows a letter is its option's text, or begins with it."""
    own, told = _plain(option), _plain(rest)
    return _begins(told, own) or (own.startswith(told) and len(told) > 2)


def _only(standing: Sequence[_Mention], text: str, options: Options) -> _Mention | None:
    """The last mention, where all are of one option and none is a slip."""
    if len({m.letter for m in standing}) != 1:
        return None
    slips = (_is_a_slip(m, _after(text, m), options) for m in standing)
    return None if any(slips) else standing[-1]


def _is_a_slip(mention: _Mention, rest: str, options: Options) -> bool:
    """Whether something else than its option follows a letter: B) O+ where B is O-."""
    told = _plain(rest)
    if not told or _is_told_of(options[mention.letter], rest):
        return False
    others = (_plain(text) for other, text in options.items() if other != mention.letter)
    if any(_begins(told, own) for own in others):
        return True
    said = {word for word in _WORD.findall(told) if len(word) > 1}
    own = set(_WORD.findall(_plain(options[mention.letter])))
    speaks = said & (words("fillers") | words("is") | words("option") | own)
    is_short = mention.is_marked and len(told.split()) <= LONGEST_SLIP
    return bool(is_short and not speaks and not _mentions(rest, options))


def _begins(told: str, own: str) -> bool:
    """Whether a text begins with another and no longer word or number: 5 is not 50, nor O+ O."""
    return bool(own) and told.startswith(own) and not re.match(r"[\w+\-#]", told[len(own) :])


def _after(text: str, mention: _Mention) -> str:
    """What follows a letter, without the marks between: of "B) O-" the O-."""
    return text[mention.end :].lstrip(_EDGES).rstrip(_AROUND)


def _plain(text: str) -> str:
    """In one spelling, its symbols kept: O+ is not O-."""
    return " ".join(folded(text.strip(_AROUND)).split())


def _without(text: str, mentions: Sequence[_Mention]) -> str:
    for mention in reversed(mentions):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text
