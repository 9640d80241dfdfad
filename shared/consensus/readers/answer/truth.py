"""Yes or no, said outright or by what the question asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from consensus.core.values import Clock, Date, Phrase, Quantity, Role, Span, Token, Truth
from consensus.readers import conditions, phrase
from consensus.readers.answer.wording import EDGES
from consensus.readers.asked import Asked, is_complement, stemmed
from consensus.readers.languages import LATIN, Pack, pack
from consensus.readers.spelling import folded_word, words_in

_SMALL = (Role.FUNCTION, Role.LINK, Role.ECHO, Role.KIND)
_OFFERED = {"yes": frozenset(["yes", "true"]), "no": frozenset(["no", "false"])}
LONGEST_ELLIPSIS = 6  # words of "none of them did"


def read(found: Phrase, text: str, about: Asked) -> Phrase | Truth | None:
    """Yes or no, said outright or by what the question asked, with what is said besides."""
    tokens = found.tokens
    language = about.language
    first = words_in(text)[:1]
    word = folded_word(first[0]) if first else ""
    verdict = _verdict(text, word, about)
    if verdict is not None:
        rest = _without_agreement(_after_verdict(tokens, word), verdict, language)
        if rest and language is not None and _is_stressed(text, word, language):
            rest = _from_break(rest[1:])
        said_again = _said_again(rest, about, language)
        condition = "" if said_again is verdict else _condition(text, word, about, verdict)
        if condition and not verdict and _denies_anew(_after_verdict(tokens, word)):
            condition, rest = "", _from_break(rest[1:])
        condition = condition or _lone_time(rest)
        if condition:
            rest = _under(condition, rest)
        elif said_again is not None and said_again is not verdict:
            rest = (*rest, Token("contradicted", Role.LIMIT))
        elif language is not None and _bears_out(verdict, rest, language):
            return Truth(verdict)
        return Phrase((Token(Truth(verdict)), *rest), found.asks) if rest else Truth(verdict)
    if not about.yes_or_no:
        return None
    if language is None:
        return None
    if (said_of_it := _agreement(tokens, language)) is not None:
        return Truth(said_of_it)
    if _asks_in_the_negative(about, language):
        return None
    if conditions.before(text, language.code) and _begins_before_verdict(tokens, language):
        return None
    told = {
        v
        for clause in _clauses(tokens, segmented=language.segmented)
        if (v := _restated(clause, about, language)) is not None
    }
    if not told and _is_never(tokens, language):
        return Truth(False)
    tells_none = any(_tells_none(t, language) for t in tokens)
    if told == {False} and tells_none and _asks_of_all(about, language):
        return None  # none of them did is more than that not all did
    return Truth(told.pop()) if len(told) == 1 else None


def _condition(text: str, word: str, about: Asked, verdict: bool) -> str:
    """The words that begin a condition of the yes or no that an answer begins with.

    Of a no, not those further on: "no, it is valid on the train" tells where it is.
    """
    language = phrase.language_in(text, about) or about.language
    rest = text.strip(EDGES)[len(word) :]
    if language is None:
        return ""

    def is_known(said: str) -> bool:
        folded = folded_word(said)
        return folded in about.words or language.has("function", folded)

    told = conditions.after(rest, language.code, about.text)
    return told or (conditions.further(rest, language.code, is_known) if verdict else "")


def _is_stressed(text: str, word: str, language: Pack) -> bool:
    return conditions.only_stresses(text.strip(EDGES)[len(word) :], language.code)


def _denies_anew(rest: Sequence[Token]) -> bool:
    """Whether a sentence after a no denies something of its own: in the larger one, none was seen.

    Not: on Sundays it isn't.
    """
    clause = rest[1 : next((n for n, t in enumerate(rest) if n and t.role is Role.BREAK), None)]
    denied = [n for n, t in enumerate(clause) if n > 1 and t.role is Role.NEGATION]
    after = clause[denied[0] :] if denied else ()
    leads = bool(clause) and clause[0].role in (Role.LINK, Role.FUNCTION)
    return leads and any(t.role is Role.CONTENT and isinstance(t.value, str) for t in after)


def _lone_time(rest: Sequence[Token]) -> str:
    """The mark of a clause that is nothing but a time or a range: yes, Sundays; yes, 9 to 5."""
    clause = rest[1 : next((n for n, t in enumerate(rest) if n and t.role is Role.BREAK), None)]
    told = [t for t in clause if t.role not in (Role.FUNCTION, Role.LINK, Role.HEDGE)]
    is_time = len(told) == 1 and isinstance(told[0].value, Clock | Date | Span)
    return "then" if is_time and told[0].role is Role.CONTENT else ""


def _under(condition: str, rest: Sequence[Token]) -> Sequence[Token]:
    """What is said besides a yes or a no, its condition first, of which every word counts."""
    end = next((n for n, t in enumerate(rest) if n and t.role is Role.BREAK), len(rest))
    told = (replace(t, role=Role.CONTENT) if t.role is Role.ECHO else t for t in rest[1:end])
    return (*rest[:1], Token(condition, Role.LIMIT), *told, *rest[end:])


def _said_again(rest: Sequence[Token], about: Asked, language: Pack | None) -> bool | None:
    """The yes or no that the clause after one says in the question's own words: "it isn't"."""
    if language is None or _asks_in_the_negative(about, language):
        return None
    clauses = _clauses(rest, segmented=language.segmented)
    whether = language.words.get("whether", frozenset())
    joins = (language.words["or"] - whether) | language.words.get("and", frozenset())
    if not clauses or joins & about.words:
        return None
    own = about.stems | about.framed | about.words
    echoes = (str(t.value) for t in clauses[0] if t.role is Role.ECHO and isinstance(t.value, str))
    in_own = all(word in own or stemmed(word, language) in own for word in echoes)
    return _restated(clauses[0], about, language) if in_own else None


def _without_agreement(
    rest: Sequence[Token], verdict: bool, language: Pack | None
) -> Sequence[Token]:
    """What is said besides, without the words that say it again: no, the claim is wrong."""
    which = "yes" if verdict else "no"
    is_same = [language is not None and language.has(which, str(t.value)) for t in rest]
    return [t for t, agrees in zip(rest, is_same, strict=True) if not agrees or verdict]


def _bears_out(verdict: bool, rest: Sequence[Token], language: Pack) -> bool:
    """Whether what follows a yes or a no only says it again: "no, every day except Monday"."""
    if verdict and not any(t.role is Role.NEGATION for t in rest):
        limits = [str(t.value) for t in rest if t.role in (Role.LIMIT, Role.OR)]
        return bool(limits) and all(language.has("whole", word) for word in limits)
    return not verdict and _excepts(rest[1:], language)


def _excepts(clause: Sequence[Token], language: Pack) -> bool:
    """Whether a clause says that it is so always but for what was asked about."""
    place = next((n for n, t in enumerate(clause) if language.has("except", str(t.value))), None)
    if place is None:
        return False
    before, after = clause[:place], clause[place + 1 :]
    if any(language.has("whole", str(t.value)) for t in after):  # pazartesi hariç her gün
        before, after = after, before
    holds = any(language.has("whole", str(t.value)) for t in before)
    return (
        holds
        and all(t.role in _SMALL or language.has("whole", str(t.value)) for t in before)
        and any(t.role is Role.ECHO for t in after)
        and all(t.role in _SMALL for t in after)
    )


def _begins_before_verdict(tokens: Sequence[Token], language: Pack) -> bool:
    """Whether a yes or a no comes last, after a comma: "on Sundays, yes"."""
    last = str(tokens[-1].value) if len(tokens) > 1 and tokens[-2].role is Role.BREAK else ""
    return language.has("yes", last) or language.has("no", last)


def _is_never(tokens: Sequence[Token], language: Pack) -> bool:
    """Whether its first part is a single word that denies: never, nobody."""
    end = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), len(tokens))
    return end == 1 and language.has("never", str(tokens[0].value))


def _asks_in_the_negative(about: Asked, language: Pack) -> bool:
    """Whether the question denies something itself, besides offering a no."""
    denials = language.words["negation"] - language.words["no"]
    return any(folded_word(w) in denials for w in words_in(about.text))


def _clauses(tokens: Sequence[Token], *, segmented: bool) -> list[list[Token]]:
    """The clauses that answer; an aside explains one, and answers nothing."""
    clauses: list[list[Token]] = [[]]
    explains = False
    for token, following in zip_longest(tokens, tokens[1:]):
        ends = ("so", "aside", ";", ".", ":", "(", ")") + (() if segmented else (",",))
        opposes = following is not None and following.role is Role.NEGATION
        if token.role is Role.BREAK and token.value == "," and opposes and not explains:
            clauses.append([])  # a warning, not an error
        elif token.role is Role.BREAK and token.value in ends:
            explains = token.value in ("aside", "(")
            clauses.append([])
        elif not explains:
            clauses[-1].append(token)
    return [told for clause in clauses if (told := _trimmed(clause))]


def _trimmed(clause: list[Token]) -> list[Token]:
    """A clause without the commas at its ends: "it is, as ..."."""
    said = [n for n, token in enumerate(clause) if token.role is not Role.BREAK]
    return clause[said[0] : said[-1] + 1] if said else []


def _agreement(tokens: Sequence[Token], language: Pack) -> bool | None:
    """What a first part says that speaks of the question alone: that's right; it isn't true, ..."""
    comma = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), 0)
    first, after = tokens[:comma], tokens[comma + 1 : comma + 2]
    said = [str(t.value) for t in first if t.role not in (Role.FUNCTION, Role.NEGATION)]
    denials = [t for t in first if t.role is Role.NEGATION and not language.has("no", str(t.value))]
    is_plain = len(said) == 1 and len(first) > 1 and len(denials) < 2
    goes_on = any(t.role in (Role.LIMIT, Role.OR) for t in after)
    if not is_plain or goes_on or not language.has("yes", said[0]):
        return None
    return not denials


def _restated(clause: Sequence[Token], about: Asked, language: Pack) -> bool | None:
    """What a clause answers that says nothing but what was asked, or that it is not so."""
    if _excepts(clause, language):
        return False
    whole = clause
    clause = _without_amount(_without_all(_without_yet(clause, language), about, language))
    if not clause or any(_says_more(t, language) for t in clause):
        return None
    if len(clause) < 2 and len(clause) < len(whole):
        return False if clause[0].role is Role.NEGATION else None  # not yet
    if len(clause) < 2 and not _is_predicate(clause[0], language):
        return None
    kinds = [str(t.value) for t in clause if t.role is Role.KIND]
    opposed = [t for t in clause if t.role is Role.NEGATION and t.stem]
    if opposed:  # it is closed; that it is not closed tells less, as does that it did not fall
        others = sum(t.role is Role.NEGATION and not t.stem for t in clause)
        if len(opposed) != 1 or kinds or others > 1:
            return None
        if not others:
            return False
        begins_with_no = language.has("no", str(clause[0].value))  # "no it is closed"
        holds = is_complement(str(opposed[0].value), language) and not begins_with_no
        return True if holds else None
    denials = [str(t.value) for t in clause if t.role is Role.NEGATION]
    small = (Role.FUNCTION, Role.LINK, Role.NEGATION)
    if all(t.role in small for t in clause) and len(clause) < LONGEST_ELLIPSIS:
        return not denials if len(denials) < 2 else None  # so it isn't
    said = [str(t.value) for t in clause if t.role not in (Role.FUNCTION, Role.LINK)]
    outright = [w for w in said if language.has("yes", w) or language.has("no", w)]
    if len(outright) > 1:
        outright = [w for w in outright if w not in denials]  # it is not correct
    against = [w for w in denials if w not in outright]
    if len(outright) == 1 and len(against) < 2 and len(kinds) < 3:
        # That statement is correct; it is not correct.
        return language.has("yes", outright[0]) != bool(against)
    echoes = sum(t.role is Role.ECHO for t in clause)
    if kinds or not echoes or len(denials) > 1 or any(t.value == "and" for t in clause):
        return None
    return not denials


def _asks_of_all(about: Asked, language: Pack) -> bool:
    return any(language.has("whole", word) for word in about.words)


def _tells_none(token: Token, language: Pack) -> bool:
    return token.role is Role.NEGATION and language.has("never", str(token.value))


def _without_all(clause: Sequence[Token], about: Asked, language: Pack) -> Sequence[Token]:
    """A clause without its "all", where the question has one: all of them did, not all did."""
    places = [n for n, t in enumerate(clause) if language.has("whole", str(t.value))]
    denied = [n for n, t in enumerate(clause) if t.role is Role.NEGATION]
    if len(places) != 1 or not _asks_of_all(about, language):
        return clause
    place = places[0]
    if denied and (denied != [place - 1] or not language.words.get("never")):
        return clause  # all of them did not
    return [*clause[:place], *clause[place + 1 :]]


def _without_amount(clause: Sequence[Token]) -> Sequence[Token]:
    """A clause that says the opposite, without by how much: it made a loss of 2 million."""
    place = len(clause) - 2
    is_opposite = any(t.role is Role.NEGATION and t.stem for t in clause[:place])
    ends = place > 0 and clause[place].role is Role.LINK and clause[place].value != "than"
    is_amount = ends and isinstance(clause[-1].value, Quantity)
    return clause[:place] if is_opposite and is_amount else clause


def _without_yet(clause: Sequence[Token], language: Pack) -> Sequence[Token]:
    """A clause that denies without what adds nothing to that: not yet, no longer, ne ... rien.

    The verb of a noun that the question has says no more, either: no encryption is applied.
    """
    if any(t.role is Role.ECHO and isinstance(t.value, str) for t in clause):
        clause = [t for t in clause if t.role is Role.ECHO or not _is_light(t, language)]
    denials = [t for t in clause if t.role is Role.NEGATION]
    if not denials:
        return clause
    own = [t for t in denials if not language.has("concord", str(t.value))] or denials[:1]
    return [
        t for t in clause if t in own or t.role is Role.ECHO or not _repeats_denial(t, language)
    ]


def _repeats_denial(token: Token, language: Pack) -> bool:
    which = "concord" if token.role is Role.NEGATION else "yet"
    return language.has(which, str(token.value))


def _is_light(token: Token, language: Pack) -> bool:
    return token.role in (Role.CONTENT, Role.KIND) and language.has("light", str(token.value))


def _is_predicate(token: Token, language: Pack) -> bool:
    """Whether a single word, in a script without spaces, says that it is so: 星期一开放."""
    words = {word for pair in language.opposites for side in pair for word in side}
    said = str(token.value)
    return not language.segmented and token.role is Role.ECHO and any(w in said for w in words)


def _says_more(token: Token, language: Pack) -> bool:
    """Whether it says what neither the question nor a verdict does."""
    if token.role in (Role.CONTENT, Role.LIMIT):
        word = str(token.value)
        return not (language.has("yes", word) or language.has("no", word))
    return token.role is Role.OR


def _verdict(text: str, word: str, about: Asked) -> bool | None:
    """The yes or no that an answer begins with."""
    rest = text.strip(EDGES)[len(word) :]
    languages = [about.language] if about.language else []
    own = phrase.language_in(text, about)
    if own is not None and own not in languages:
        languages.append(own)
    apart = not rest or re.match(r"\s*[,.;:!(。，、،؛—–-]", rest) is not None
    if own is not None and not apart:
        apart = conditions.after(rest, own.code) != ""
    if not rest:
        languages = [*languages, *(pack(code_) for code_ in (*LATIN, "ru", "ar", "hi"))]
    for language in languages:
        if not language.segmented:
            bare = text.strip(EDGES + "。，、")
            head = re.split(r"[,，。、.]", bare)[0]
            if head in language.words["no"]:
                return False
            if head in language.words["yes"]:
                return True
            continue
        if apart and language.has("no", word):
            return False
        if apart and language.has("yes", word):
            return True
    return None


def by_letter(text: str, about: Asked) -> Truth | None:
    """Y, N, T or F, where a yes or a no is asked for."""
    bare = text.strip(EDGES + "()")
    if not about.yes_or_no or about.language is None or len(bare) != 1 or not bare.isupper():
        return None
    letter = folded_word(bare)
    told = {
        verdict
        for verdict, which in ((True, "yes"), (False, "no"))
        for word in about.language.words[which] & about.words | _OFFERED[which]
        if word.startswith(letter)
    }
    return Truth(told.pop()) if len(told) == 1 else None


def begins_with_one(text: str, about: Asked) -> bool:
    """Whether an answer begins with a yes or a no, and a comma."""
    first = words_in(text)[:1]
    return bool(first) and _verdict(text, folded_word(first[0]), about) is not None


def is_one_word(found: Phrase) -> bool:
    """Whether it says a single word, which may be yes or no."""
    return len(found.tokens) == 1 and isinstance(found.tokens[0].value, str)


def _after_verdict(tokens: Sequence[Token], word: str) -> Sequence[Token]:
    """What is said after a yes or a no, and the break before it: a comma where none is read."""
    if len(tokens) > 1 and tokens[0].value == word and tokens[1].role is not Role.BREAK:
        return (Token(",", Role.BREAK), *tokens[1:])  # yes - but not on Sundays
    return _from_break(tokens)


def _from_break(tokens: Sequence[Token]) -> Sequence[Token]:
    place = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), len(tokens))
    return tokens[place:]
