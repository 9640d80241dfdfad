"""The option, or several of them, that an answer names: "(B)", "the second one", its text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from consensus.core import question
from consensus.core.values import Choice, Several
from consensus.readers.answer import conclusion
from consensus.readers.answer.wording import EDGES, unboxed
from consensus.readers.asked import Asked
from consensus.readers.languages import pack
from consensus.readers.options import goes_through
from consensus.readers.packs import phrases, templates
from consensus.readers.spelling import folded_word, words_in

_ARTICLES = frozenset("the der die das le la les el los il lo o a os as de het".split())
_CHOICE_WORDS = frozenset(
    "one option choice answer opcion opzione opcao optie answer's it it's is i'd i go with choose "
    "pick would say number of two three four five ones statement item".split()
)
_PLACES = {"last": -1, "former": 0, "latter": 1}
MOST_WORDS = 4  # of a first clause that only names an option: the flute, because it is none
_CLAUSE_END = re.compile(
    r"[,;.—–:，。]\s|[，。、；]|\s(?:because|since|as|weil|denn|parce|car|porque|pues|perché|omdat|want|"
    r"ponieważ|bo|потому|çünkü|karena|क्योंकि|لأن\w*)\s"
)
_ALL = re.compile(r"all (?:of )?(?:the |of the |these |of these )?(?:above|three|four|these|them)?")
COUPLE = 2
_NUMBER = re.compile(r"(?:option|choice|answer|number|opción|opzione|antwort|ответ) (\d)", re.I)
# What says that an option is the only one: only A, A alone.
_ONLY = re.compile(
    r"^(?:only|just|nur|seulement|solo|sólo|apenas|tylko|только|sadece|hanya)\s(?!one\b)|\s(?:only|alone)$",
    re.IGNORECASE,
)
_BOTH = frozenset(
    "both|both of them|both are|both are correct|both are right|both options|beide|les deux|"
    "ambos|ambas|entrambi|entrambe|oba|обе|оба|ikisi de|keduanya|两者|两者都是|両方|둘 다".split(
        "|"
    )
)
_GLUED = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_REMARK = re.compile(r";\s+\w+\s+\w+.*", re.DOTALL)  # A and B; the third is none
_LETTER = re.compile(r"[\s:：]{0,3}[(\[（]?([A-Z])[)\]）]?")


def read(text: str, about: Asked) -> Choice | Several | None:
    """The option, or several of them, that an answer names; None where none is listed."""
    if len(about.options) < 2:
        return None
    text = _ONLY.sub("", text.strip(EDGES))
    if (every := _every(text, about)) is not None:
        return every
    items = [
        i
        for i in re.split(
            r"\s*(?:[,;\n、]|→|->|=>|>)\s*(?:and\s+|then\s+)?|\s+(?:and|&|y|et|und|e|и|then)\s+",
            _REMARK.sub("", text).strip(EDGES),
        )
        if i.strip(EDGES)
    ]
    concluded = conclusion.concluded(text, about) != text
    concluded = concluded or goes_through(text, about.options)
    if (
        1 < len(items) <= len(about.options)
        and not concluded
        and all(len(words_in(i)) < 6 for i in items)
    ):
        chosen = [
            _option_in(re.sub(r"^(?:the|a|an)\s", "", i.strip(EDGES + "()")), about) for i in items
        ]
        if all(chosen) and len({c.label for c in chosen if c}) == len(chosen):
            held = [c for c in chosen if c]
            is_ordered = question.asks_for_order(about.text)
            return _all_of_them(held, about.options) or Several(tuple(held), is_ordered)
    return _option(text, about)


def _every(text: str, about: Asked) -> Choice | Several | None:
    """All of the options, or both, where an answer says no more than that."""
    said = _plain(text)
    if not _ALL.fullmatch(said) and not (len(about.options) == COUPLE and said in _BOTH):
        return None
    options = about.options
    named = [label for label, option in options.items() if said == _plain(option)]
    every = named or [label for label, option in options.items() if _ALL.fullmatch(_plain(option))]
    if len(every) == 1:
        return Choice(every[0])
    return Several(tuple(map(Choice, options))) if not every else None


def _option(text: str, about: Asked) -> Choice | None:
    """The option that is named by its letter, or by its text, and by no other's."""
    bare = unboxed(text)
    concluded = conclusion.concluded(bare, about)
    told = dict.fromkeys((bare, concluded, conclusion.after_so(bare, about)))
    if goes_through(bare, about.options):
        told.pop(bare)
    for said in told:
        found = _option_in(said.strip(EDGES + "()[]{}$"), about)
        if found:
            return found
    if bare not in told:
        return None
    first = _CLAUSE_END.split(bare, maxsplit=1)[0]
    if first != bare and len(words_in(first)) <= MOST_WORDS:
        return _option_in(first.strip(EDGES + "()[]{}$"), about)
    return None


def _option_in(bare: str, about: Asked) -> Choice | None:
    options = about.options
    letters = {letter.casefold(): letter for letter in options}
    if called := _called(bare, letters):
        return called
    lone = re.match(
        r"^(?:option |choice |answer )?[(\[]{0,2}([^\W_])[)\]]{0,2}(?:$|[.:),，、;\s—–-])",
        bare,
        re.IGNORECASE,
    )
    if (
        lone
        and lone[1].casefold() in letters
        and (lone[1].isupper() or len(bare) <= 2 or lone[1].isdigit() or bare[1:2] in ").:")
    ):
        rest = bare[lone.end() :].strip(EDGES + "()")
        if any(t.after and not t.before and t.after.match(rest) for t in templates("rejects")):
            return None  # B is wrong
        named = _named_option(rest, options) if rest else None
        if (
            not (lone[1] in "AI" and bare[1:2] == " ")
            and (named is None or named == letters[lone[1].casefold()])
            and not _names_others(rest, letters)
        ):
            return Choice(letters[lone[1].casefold()])
    place = _ordinal_of_option(bare, about)
    if place is not None:
        return Choice(place)
    ending = re.findall(
        r"(?:\b(?:is|be|option|answer|choose|pick|choice|say|est|es|è|é|ist|to|jest|adalah|ответ|答案是?|正解は?)\s*:?\s*|\[\[|\()"
        r"([A-Z]|(?<=\()\d(?=\)|$))(?:\]\]|\))?(?![\w'])",
        bare,
    )
    told = [e.casefold() for e in ending if e.casefold() in letters]
    if told and len(set(told)) == 1:
        return Choice(letters[told[0]])
    named = _named_option(bare, options)
    return Choice(named) if named else None


def _called(bare: str, letters: Mapping[str, str]) -> Choice | None:
    """The option whose letter follows a word for an option, and ends the answer: Opción B."""
    lead = phrases("called").match(bare)
    letter = _LETTER.fullmatch(bare, lead.end()) if lead else None
    label = letters.get(letter[1].casefold()) if letter else None
    return Choice(label) if label else None


def _ordinal_of_option(bare: str, about: Asked) -> str | None:
    """The second one."""
    number = _NUMBER.fullmatch(bare)
    listed = " ".join((*about.options, *about.options.values()))
    if number and not re.search(r"\d", listed):
        counted = int(number[1])
        return list(about.options)[counted - 1] if 0 < counted <= len(about.options) else None
    words = [folded_word(w) for w in words_in(bare)]
    places = list(about.options)
    is_plain = all(w in _PLACES or w in _ARTICLES or w in _CHOICE_WORDS for w in words)
    if is_plain and len(last := [w for w in words if w in _PLACES]) == 1:
        is_one_of_two = last[0] == "last" or len(places) == COUPLE
        return places[_PLACES[last[0]]] if is_one_of_two else None
    ordinals = about.language.ordinals if about.language else {}
    told = [ordinals[w] for w in words if w in ordinals]
    is_alone = all(w in ordinals or w in _CHOICE_WORDS or w in _ARTICLES for w in words)
    if len(told) != 1 or not is_alone or told[0] > len(about.options):
        return None
    return list(about.options)[told[0] - 1]


def _names_others(rest: str, letters: dict[str, str]) -> bool:
    return bool(re.match(r"(?:and|or|,|&|y|et|und|e)\s+\(?[A-Z]\b", rest)) or (
        len(rest) == 1 and rest.casefold() in letters
    )


def _named_option(text: str, options: Mapping[str, str]) -> str | None:
    said = f" {_plain(text)} "
    texts = {letter: _plain(option) for letter, option in options.items()}
    whole = [letter for letter, option in texts.items() if option and said.strip() == option]
    if len(whole) == 1:
        return whole[0]
    if by_initials := _by_initials(text, options):
        return by_initials
    if re.search(r"\b(?:not|nicht|no|pas|non|niet|nie|не|bukan|değil)\b|n't\b", said):
        return None
    within = [letter for letter, option in texts.items() if option and _is_in(option, said)]
    longest = [
        a for a in within if not any(a != b and f" {texts[a]} " in f" {texts[b]} " for b in within)
    ]
    return longest[0] if len(longest) == 1 else None


def _by_initials(text: str, options: Mapping[str, str]) -> str | None:
    """The option that another name has the letters of: 3NF for the third normal form."""
    own = [
        letter
        for letter, option in options.items()
        if _are_initials(option, text) or _are_initials(text, option)
    ]
    return own[0] if len(own) == 1 else None


def _are_initials(short: str, name: str) -> bool:
    short = short.strip(EDGES)
    words = [
        w for w in words_in(name) if folded_word(w) not in _ARTICLES | {"of", "and", "the", "for"}
    ]
    if not short.isupper() or len(words) < 2 or len(words) != len(short):
        return False
    ordinals = pack("en").ordinals
    letters = (
        str(ordinals[said]) if short[0].isdigit() and (said := folded_word(w)) in ordinals else w[0]
        for w in words
    )
    return "".join(letters).casefold() == short.casefold()


def _all_of_them(held: Sequence[Choice], options: Mapping[str, str]) -> Choice | None:
    """The option that says "all of the above", where all others are named."""
    every = [label for label, option in options.items() if _ALL.fullmatch(_plain(option))]
    named = {choice.label for choice in held}
    is_all = len(every) == 1 and len(options) > 2 and named == {*options} - {*every}
    return Choice(every[0]) if is_all else None


def _is_in(option: str, said: str) -> bool:
    """Whether a text names an option, as words; in scripts without spaces, as a part of them."""
    if f" {option} " in said or f" ال{option} " in said:
        return True
    if option.isdecimal():
        return re.search(rf"(?<![\w.,]){option}[가-힣\u4e00-\u9fff\u3040-\u30ff]", said) is not None
    if option.isascii() and re.search(rf"(?<![a-z0-9]){re.escape(option)}(?![a-z0-9 ])", said):
        return len(option) > 1 and _GLUED.search(said) is not None
    return len(option) > 1 and _GLUED.match(option) is not None and option in said


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:[.,]\d+)*[%°+#-]*", folded_word(text)))
