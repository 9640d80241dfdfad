"""Words and marks, each with the part that it plays."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache

from consensus.core.values import Identifier, Quantity, Role, Token
from consensus.readers import symbols, times
from consensus.readers.asked import root, stemmed
from consensus.readers.languages import pack
from consensus.readers.phrase.here import Here, Read, nothing, one
from consensus.readers.spelling import CLITIC, ELIDED, WORD, folded_word

LONGEST_ALIAS = 7  # words that lead to another name
SHORTEST_OBJECT = 2  # syllables of a Korean word that may have a particle
SHORTEST_DENIED = 3  # letters of a word that un- may deny
MOST_DENIED = 6  # tokens between what denies and what only stresses it: not ... at all
PAIR = 2  # the second of two may be the second of more
REGNAL = 2  # tokens before the number of a king
BREAKS = {
    ",": ",",
    "，": ",",
    "、": ",",
    "،": ",",
    ";": ";",
    "؛": ";",
    "；": ";",
    ":": ":",
    "：": ":",
    "—": ";",
    "–": ";",
    "(": "(",
    "（": "(",
    ")": ")",
    "）": ")",
    ".": ".",
    "。": ".",
    "!": ".",
    "！": ".",
    "?": ".",
    "？": ".",
    "؟": ".",
    "।": ".",
    "\n": ".",
}
ROLES = (  # the lists of a pack, and the part that their words play; the first that has a word
    ("negation", Role.NEGATION),
    ("or", Role.OR),
    ("limit", Role.LIMIT),
    ("hedge", Role.HEDGE),
    ("link", Role.LINK),
    ("and", Role.FUNCTION),
    ("function", Role.FUNCTION),
    ("between", Role.FUNCTION),
    ("from", Role.FUNCTION),
    ("kind", Role.KIND),
    ("wh", Role.FUNCTION),
)
# Turkish verbs as they end, folded: it was, has been, is, will be, can be and ought to be done.
_AFFIRMED = re.compile(
    r"(\w{2,}?)(?:[ae]bil)?(?:[dt][iu]|m[iu]s|[iu]yor|[aeiu]r|acak|ecek|mal[i]|mel[i])(?:lar|ler|d[iu]r|t[iu]r)?"
)
_DENIED = re.compile(
    r"(\w{2,}?)(?:[ae])?(?:m[ae]d[iu]|m[ae]m[iu]s|m[iu]yor|m[ae]z|m[ae]yacak|m[ae]yecek|m[ae]mal[i]|m[ae]mel[i])"
    r"(?:lar|ler|d[iu]r|t[iu]r)?"
)
_STAGES = frozenset("alpha beta rc preview nightly snapshot dev draft".split())
_OUTWARD = ("al", "au", "a", "ao", "ten")  # al sur de, au sud de: south of
_WITHIN = ("ern", "central")
_HEADED = ("de", "nl")  # a compound's last part says what it is: Bad, of Schwimmbad
SHORTEST_HEAD = 3  # letters of it, and of what goes before it
_COMPOUNDING = ("en", "nl")  # a noun before a noun says which one is meant
_SIGNS = re.compile(r"[<>=≤≥≈≠+*/^%|&~#@!$]{1,3}")
_SYMBOLS = {"≤": "<=", "≥": ">=", "≈": "~", "≠": "!="}
_MINUS = re.compile(r"(?<=\s)[-−]\s\d")
_DRAWN = "→←↔⇒➜➔▶►"  # arrows and such, which lead from one part to the next
_INITIAL = re.compile(r"[^\W\d_]\.\s?(?=[^\W\d_])")
_CAMEL = re.compile(r"[a-z]+[A-Z]")  # names in code whose case counts
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)\b")
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)


def ordinal(here: Here) -> Read | None:
    """1st as the word that it is."""
    is_of_time = here.asked.topics & {"century", "quarter"}
    match = _ORDINAL.match(here.text, here.place) if here.is_in("en") and not is_of_time else None
    if match is None or not here.starts_word:
        return None
    if times.date_at(here.text, here.place, here.language) is not None:
        return None
    n = int(match[1])
    if "rank" in here.asked.topics:
        return one(Identifier(f"#{n}"), match.end())
    said = next((w for w, m in pack("en").ordinals.items() if m == n), match[0])
    return one(said, match.end(), Role.LIMIT if 0 < n <= 4 else Role.CONTENT)


def alias(here: Here) -> Read | None:
    """What leads to another name of the same thing: "better known as"; and ", in other words".

    What only speaks of the question is passed over ("you are referring to"), as is what stresses a
    denial ("at all").
    """
    if here.language is None or not here.starts_word or not here.letter.isalpha():
        return None
    first = folded_word(here.text[here.place : here.place + 1])
    lists = [which for which in _leading(here) if first in _initials_of(here.language.code, which)]
    if not lists:
        return None
    told = here.words(here.place)
    said = [folded_word(word) for word, _ in told[:LONGEST_ALIAS]]
    for length in range(len(said), 0, -1):
        found = [which for which in lists if here.has(which, " ".join(said[:length]))]
        if found:
            end = told[length - 1][1]
            if found[0] in ("speaking", "emphasis"):
                return nothing(end)
            end += len(said[length - 1]) == 1 and here.text[end : end + 1] == "."  # i.e.
            return one("alias", end, Role.BREAK)
    return None


def _leading(here: Here) -> Sequence[str]:
    """The lists of such words that may be meant here."""
    restates = ("restates",) if here.follows_break else ()
    denied = any(t.role is Role.NEGATION for t in here.before[-MOST_DENIED:])
    return ("speaking", "alias", *restates, *(("emphasis",) if denied else ()))


@cache
def _initials_of(code: str, which: str) -> frozenset[str]:
    """The letters with which such words begin: most places need no closer look."""
    return frozenset(phrase[0] for phrase in pack(code).words.get(which, ()))


def pronoun(here: Here) -> Read | None:
    """The one of "the left one", which counts nothing."""
    if not here.is_in("en") or not here.before or not here.starts_word:
        return None
    match = WORD.match(here.text, here.place)
    before = here.before[-1]
    if match is not None and match[0] == "one" and here.asked.yes_or_no and not here.asked.counts:
        ends = not here.text[match.end() :].lstrip(" ")[:1].isalpha()
        return one("one", match.end(), Role.FUNCTION) if ends else None  # they have to wear one
    describes = before.role in (Role.CONTENT, Role.LIMIT) and isinstance(before.value, str)
    if match is None or folded_word(match[0]) not in ("one", "ones") or not describes:
        return None
    first = here.before[0]
    return one("one", match.end(), Role.FUNCTION) if first.value == "the" else None


def regnal(here: Here) -> Read | None:
    """The sixth of a name: George the Sixth is George VI."""
    if len(here.before) < REGNAL or not here.is_in("en") or not here.starts_word:
        return None
    match = WORD.match(here.text, here.place)
    name, the = here.before[-2:]
    if match is None or not name.name or the.value != "the":
        return None
    number = folded_word(match[0])
    if number not in _ORDINALS or here.text[match.end() :].lstrip(" ")[:1].isalpha():
        return None
    return one(Quantity(Fraction(_ORDINALS.index(number) + 1)), match.end())


def word(here: Here) -> Read | None:
    """A word, folded; a name by its stem where the language inflects names."""
    match = WORD.match(here.text, here.place)
    if match is None:
        return None
    elided = ELIDED.match(match[0]) if here.is_in("fr", "it") else None
    if elided:
        elided_word = folded_word(elided[1])
        denies = here.has("negation", elided_word)
        small = Role.LINK if here.has("link", elided_word) else Role.FUNCTION
        role = Role.NEGATION if denies else small
        if here.has("genitive", elided_word):
            elided_word = "of"
        if elided_word == "qu" and here.is_in("fr") and _is_restricted(here):
            role = Role.LIMIT
        return one(elided_word, here.place + elided.end(), role)
    said, end = match[0], match.end()
    if here.is_in("it", "pt") and said.casefold() in ("è", "é"):
        return one(said.casefold(), end, Role.FUNCTION)  # is, where "e" is and
    if here.is_in("fr", "pt"):
        said = CLITIC.sub("", said)
    initial = _INITIAL.match(here.text, here.place)
    if initial and len(said) == 1:
        end = initial.end() - initial[0].endswith(" ")
        if here.asked.of_person and said.isupper() and _begins_name(here, f"{said}."):
            return one(folded_word(said), end, name=True)  # A. G. Bell
    folded = folded_word(said)
    if here.language is not None:
        folded, end = _in_full(here.language.synonyms, folded, here.text, end)
        if folded == "fall" and here.asked.of_when and here.is_in("en"):
            folded = "autumn"
    if "rank" in here.asked.topics and folded in _ORDINALS and here.is_in("en"):
        return one(Identifier(f"#{_ORDINALS.index(folded) + 1}"), end)
    if (denied := _free_of(here, folded) or _denied_verb(here, folded)) is not None:
        return Read((Token(folded, Role.NEGATION), Token(denied, Role.ECHO)), end)
    role = _role(here, folded)
    if here.asked.of_person and here.has("title", folded) and _begins_name(here, said):
        return one(folded, end, Role.KIND, name=True)
    if here.has("legal_form", folded) and here.before and here.before[-1].name:
        return one(folded, end, Role.KIND, name=True)  # Microsoft Corporation
    if said == "No" and here.is_in("en") and re.match(r"\.?\s?\d", here.text[end:]):
        role = Role.KIND  # number one
    if here.asked.digits_are_letters and folded in _STAGES:
        role = Role.LIMIT  # 2.0 beta
    if role is Role.BREAK:
        return one("so" if here.has("so", folded) else "aside", end, role)
    if role is Role.LINK and here.has("agent", folded):
        folded = "by"
    if role is Role.LINK and here.has("genitive", folded):
        folded = "of"
    if role in (Role.LINK, Role.FUNCTION) and here.has("and", folded):
        folded = "and"
    says = role in (Role.CONTENT, Role.ECHO)
    is_caseless = role is Role.ECHO and said.lower() == said.upper()
    is_name = says and (said[0].isupper() or is_caseless)
    is_name = is_name and stemmed(folded, here.language) not in here.asked.framed
    token = _token(here, (said, folded), role, is_name=is_name)
    if here.is_in("ko") and says and said.endswith(("을", "를")) and len(said) > SHORTEST_OBJECT:
        return Read((token, Token("object", Role.LINK)), end)
    return Read((token,), end)


def _token(here: Here, word: tuple[str, str], role: Role, *, is_name: bool) -> Token:
    """A word as it is said and as it is folded, with what it is compared by."""
    said, folded = word
    says = role in (Role.CONTENT, Role.ECHO)
    if says and (written := _as_written(here, said)):
        return Token(written, role, is_name, written)
    stem = stemmed(folded, here.language) if says or _is_harmless(here, folded, role) else ""
    value = stem if is_name and stem and here.is_in("pl", "ru", "tr", "ko", "ar") else folded
    return Token(value, role, is_name, folded if value == stem and is_name else stem)


def _as_written(here: Here, said: str) -> str:
    """A word to the letter where a question asks how one is written: año; userId, of a field."""
    if "spelling" in here.asked.topics:
        return unicodedata.normalize("NFC", said).casefold().replace("’", "'")
    return said if "cased" in here.asked.topics and _CAMEL.match(said) else ""


def _in_full(synonyms: Mapping[str, str], said: str, text: str, end: int) -> tuple[str, int]:
    """The word that another stands for, with the full stop that shortens it: pp. 12-15."""
    one_word = synonyms.get(said, said)
    is_shortened = len(said) < len(one_word) and text[end : end + 1] == "."
    return one_word, end + is_shortened


def _free_of(here: Here, said: str) -> str | None:
    """What something has none of that the question names: gluten-free, zuckerfrei."""
    for ending in here.language.words.get("free", ()) if here.language else ():
        head = said.removesuffix(ending).rstrip("-")
        if head != said and len(head) >= SHORTEST_DENIED and _is_echoed(here, head):
            return head
    return None


def _denied_verb(here: Here, said: str) -> str | None:
    """The stem of a Turkish verb of the question, where it is denied: imzalanmadı."""
    denied = _DENIED.fullmatch(said) if here.is_in("tr") and here.asked.yes_or_no else None
    if denied is None:
        return None
    verbs = (_AFFIRMED.fullmatch(word) for word in here.asked.words)
    return denied[1] if any(verb and verb[1] == denied[1] for verb in verbs) else None


def _opposes(here: Here, said: str) -> bool:
    """Whether a word says the opposite of one of the question: closed for open, or unsafe."""
    if here.language is None:
        return False
    opposed = here.asked.opposed | here.asked.opposed_stems
    if said in here.asked.opposed or stemmed(said, here.language) in opposed:
        return True
    return any(
        said.startswith(prefix) and _is_in_question(here, said[len(prefix) :].lstrip("-"))
        for prefix in here.language.words.get("denying", ())
        if len(said) > len(prefix) + SHORTEST_DENIED
    )


def _agrees(here: Here, said: str) -> bool:
    """Whether a word says what one of the question says: permitted for allowed."""
    return said in here.asked.agreeing or stemmed(said, here.language) in here.asked.agreeing


def _begins_name(here: Here, said: str) -> bool:
    """Whether a name follows: Mrs Thatcher."""
    rest = here.text[here.place + len(said) :].lstrip(". ")
    is_caseless = said.lower() == said.upper()
    return bool(rest) and (rest[0].isupper() or (is_caseless and rest[0].isalpha()))


def _is_harmless(here: Here, said: str, role: Role) -> bool:
    """Whether a word is no more than what the question lets it be.

    One that limits or denies takes nothing from the answer in its sentence, a pronoun stands for
    what was asked about; for a yes or a no, it says the opposite of what was asked, or the only
    case of which it is so.
    """
    if here.asked.yes_or_no:
        opposes = role is Role.NEGATION and _opposes(here, said)
        return opposes or (role is Role.LIMIT and here.has("only", said))
    if role is Role.FUNCTION:
        return here.has("pronoun", said)  # it stands for what was asked about
    if role is Role.NEGATION:
        return _is_echoed(here, said)
    return role is Role.LIMIT and (here.has("mild", said) or _is_last_of_all(here, said))


def _is_last_of_all(here: Here, said: str) -> bool:
    """Whether it is the third of the three that the question speaks of."""
    place = here.language.ordinals.get(said) if here.language is not None else None
    return place is not None and place > PAIR and place in here.asked.counts


def _is_echoed(here: Here, said: str) -> bool:
    """Whether the question says it, as one word or as several."""
    parts = {said} if "-" not in said else {said, *said.split("-")}
    known = {part for part in parts if _is_in_question(here, part)}
    return said in known or (len(parts) > 1 and len(known) == len(parts) - 1)


def _is_in_question(here: Here, said: str) -> bool:
    stem = stemmed(said, here.language)
    if stem in here.asked.stems or stem in here.asked.framed:
        return True
    if here.asked.yes_or_no and here.is_in(*_HEADED) and len(said) >= SHORTEST_HEAD:
        compounds = (w for w in here.asked.words if len(w) >= len(said) + SHORTEST_HEAD)
        if any(word.endswith(said) for word in compounds):
            return True
    return here.asked.yes_or_no and root(said, here.language) in here.asked.roots


def _role(here: Here, said: str) -> Role:
    spelt = "spelling" in here.asked.topics
    echoed = said in here.asked.words if spelt else _is_echoed(here, said)
    if "article" in here.asked.topics and here.has("article", said):
        return Role.CONTENT
    if here.language is None:
        return Role.ECHO if echoed else Role.LIMIT if here.letter.islower() else Role.CONTENT
    if here.asked.yes_or_no and _opposes(here, said):
        return Role.NEGATION
    if here.asked.yes_or_no and here.has("free", said) and (echoed or _agrees(here, said)):
        return Role.ECHO  # is it free
    if here.is_in("fr") and said in ("que", "qu") and _is_restricted(here):
        return Role.LIMIT
    if here.has("negation", said) or said.endswith("n't"):
        return Role.NEGATION
    if here.asked.of_month and here.has("whole", said):
        return Role.FUNCTION  # every January
    if here.asked.of_when and here.has("throughout", said):
        return Role.FUNCTION  # during the war
    if here.has("or", said):
        return Role.OR
    if here.has("so", said) and here.follows_break:
        return Role.BREAK
    if here.has("aside", said) and here.before and not echoed:
        # "the writer who was convicted" is no aside; ", who was convicted," is one
        restricts = here.has("wh", said) or here.has("link", said)
        return Role.FUNCTION if restricts and not here.follows_break else Role.BREAK
    begins_aside = bool(here.before) and here.follows_break
    if here.has("concede", said) and begins_aside and not here.asked.yes_or_no:
        return Role.BREAK  # Amsterdam, although the government sits elsewhere
    if here.asked.yes_or_no and _agrees(here, said) and not here.has("function", said):
        return Role.ECHO
    if here.has("modal", said) or here.has("past", said):
        if _stands_in_name(here, said):
            return Role.CONTENT  # Louisa May Alcott
        return Role.LIMIT if _shifts(here, said) else Role.FUNCTION
    if here.has("limit", said):
        return Role.ECHO if echoed and not here.asked.yes_or_no else Role.LIMIT
    if here.asked.of_region and _is_direction(here, said):
        return Role.FUNCTION  # in the north of a country is in it
    if here.asked.of_place and here.has("near", said):
        return Role.LIMIT
    if said == "about" and not echoed and here.is_in("en") and not _number_follows(here, said):
        return Role.LIMIT  # a book about her is not hers
    for which, role in ROLES[3:]:
        known = here.has(which, said) or (role is Role.KIND and _is_kind_inflected(here, said))
        if known and (role is not Role.KIND or _is_kind(here, said)):
            says = role is Role.KIND and (echoed or spelt)
            return (Role.ECHO if echoed else Role.CONTENT) if says else role
    return Role.ECHO if echoed else Role.CONTENT


def _is_direction(here: Here, said: str) -> bool:
    """Whether it tells a part of a country, and is no part of its name: southern, not South."""
    is_name = not (_is_small(here) or here.is_in("de"))
    if is_name or not here.before or not here.has("direction", said.replace("-", " ")):
        return False
    before = str(here.before[-1].value)
    leads_out = before in _OUTWARD or (here.is_in("en") and before != "the")
    return not leads_out or said.endswith(_WITHIN)  # not south of it


def _is_small(here: Here) -> bool:
    return here.letter.islower() or here.letter.lower() == here.letter.upper()


def _is_restricted(here: Here) -> bool:
    """Whether "ne" stands before without what denies: "il n'ouvre que le lundi"."""
    said = [t.value for t in here.before]
    return ("ne" in said or "n" in said) and not any(
        t.role is Role.NEGATION and t.value not in ("ne", "n") for t in here.before
    )


def _shifts(here: Here, said: str) -> bool:
    """Whether a verb makes of what is so what may, must or did be so, and the question does not."""
    asked = here.asked
    if here.has("past", said):
        return asked.in_present
    if said in asked.words or (asked.yes_or_no and _agrees(here, said)):
        return False
    if asked.yes_or_no:
        binds = here.has("deontic", said) or here.has("weak_modal", said)
        return not (binds and _is_denied(here, said))
    return not here.has("weak_modal", said)


def _stands_in_name(here: Here, said: str) -> bool:
    """Whether a name goes before and after, and this is written as one, too."""
    if not here.letter.isupper() or not here.before or not here.before[-1].name:
        return False
    return _begins_name(here, said)


def _is_denied(here: Here, said: str) -> bool:
    """Whether a word that denies follows: should never."""
    following = here.words(here.place)[1:2]
    return bool(following) and here.has("negation", folded_word(following[0][0]))


def _number_follows(here: Here, said: str) -> bool:
    rest = here.text[here.place + len(said) :].split(maxsplit=1)[:1]
    return bool(rest) and (rest[0][0].isdigit() or here.has("number_starts", folded_word(rest[0])))


def _is_kind_inflected(here: Here, said: str) -> bool:
    language = here.language
    if language is None or language.code not in ("ru", "pl"):
        return False
    return stemmed(said, language) in _kinds_of(language.code)


@cache
def _kinds_of(code: str) -> frozenset[str]:
    return frozenset(stemmed(word, pack(code)) for word in pack(code).words["kind"])


def _is_kind(here: Here, said: str) -> bool:
    """Whether a word names a kind of thing, rather than being a name: city, and City."""
    rest = here.text[here.place + len(said) :].lstrip(" ")
    if here.is_in(*_COMPOUNDING) and _begins_with_term(here, rest):
        return False  # a river dolphin
    if _is_small(here) or (here.is_in("de") and rest[:1].isupper()):
        return True
    if here.is_in("de") and here.before and here.before[-1].role in (Role.FUNCTION, Role.LINK):
        return True  # der Roman stammt
    return here.begins_sentence and bool(rest) and rest[0] not in BREAKS


def _begins_with_term(here: Here, rest: str) -> bool:
    """Whether a word in small letters follows that no list of the language has."""
    match = WORD.match(rest)
    if match is None or not match[0][0].islower():
        return False
    following = folded_word(match[0])
    return not any(here.has(which, following) for which, _ in ROLES) and not (
        _is_echoed(here, following)
    )


def mark(here: Here) -> Read | None:
    """What divides a sentence, and signs that are as good as words."""
    letter, end = here.letter, here.place + 1
    if letter in BREAKS:
        if letter in ".:" and _is_inside_number(here):
            return None
        if _is_called(here):
            return one(letter, end, Role.LIMIT)
        before = here.before[-1].value if here.before else ""
        if letter == "." and here.has("abbreviations", str(before)):
            return nothing(end)  # St. Louis
        return one(BREAKS[letter], end, Role.BREAK)
    if "symbol" in here.asked.topics and (signs := _SIGNS.match(here.text, here.place)):
        return one(Identifier(symbols.typed(signs[0])), signs.end())
    if "symbol" in here.asked.topics and unicodedata.category(letter) in ("Sm", "So"):
        return one(Identifier(symbols.typed(letter)), end)
    if letter == "&":
        return one("and", end, Role.LINK)
    if letter == "$" and _encloses(here):
        return nothing(end)
    if letter == "/" and "/" in here.asked.text and _follows_echo(here):
        return one(letter, end, Role.ECHO)  # manager/impresario, where the question says so
    if letter in "<>=≤≥≈≠+*/^%|" or _is_sign(letter) or _takes_away(here):
        return one(_SYMBOLS.get(letter, letter), end, Role.LIMIT)
    return None


def _follows_echo(here: Here) -> bool:
    return any(t.role is Role.ECHO for t in here.before[-1:])


def _encloses(here: Here) -> bool:
    """Whether a dollar sign is one of two that stand around mathematics, and not for money."""
    signs = [n for n, letter in enumerate(here.text) if letter == "$"]
    if len(signs) % 2:
        return False
    place = signs.index(here.place)
    start = signs[place - place % 2] + 1
    return not here.text[start : start + 2].strip()[:1].isdigit()


def _is_sign(letter: str) -> bool:
    """Whether it is a mark of money, measures or mathematics; a picture adds nothing."""
    is_of_kind = unicodedata.category(letter) in ("Sc", "Sm") or letter in "°′″♭♯"
    return is_of_kind and letter not in _DRAWN


def _takes_away(here: Here) -> bool:
    """Whether a minus stands between what goes before and a number."""
    return not here.follows_break and _MINUS.match(here.text, here.place) is not None


def _is_called(here: Here) -> bool:
    """Whether a bracket belongs to the word before it, as in f(x)."""
    before = here.text[here.place - 1 : here.place]
    return here.letter == "(" and here.has_spaces and before.isascii() and before.isalnum()


def _is_inside_number(here: Here) -> bool:
    around = here.text[here.place - 1 : here.place], here.text[here.place + 1 : here.place + 2]
    return all(letter.isdigit() for letter in around)
