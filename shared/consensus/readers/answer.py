"""A final answer, and the question -> its value: the one way in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from consensus.core import question as questions
from consensus.core.model import Strategy
from consensus.core.values import (
    Asks,
    Choice,
    Clock,
    Date,
    Identifier,
    Mathematics,
    Phrase,
    Quantity,
    Role,
    Several,
    Token,
    Truth,
    Value,
)
from consensus.readers import (
    asked,
    code,
    identifiers,
    mathematics,
    phrase,
    shortcuts,
    statements,
    symbols,
)
from consensus.readers.asked import Asked
from consensus.readers.languages import LATIN, Pack, pack
from consensus.readers.mathematics import stated, unevaluated
from consensus.readers.mathematics.literals import of_code
from consensus.readers.packs import phrases, templates
from consensus.readers.spelling import folded_word, words_in

LONGEST = 4_000  # characters that are read: a longer answer is compared to the letter
MOST_ITEMS = 40
_LATEX = re.compile(
    r"\\[a-zA-Z(\[{]|^\|[^|]{1,60}\|$|^-?\d(?:\.\d+)?e[-+]?\d{1,3}$|\$(?!\s?\d[\d.,]*\s*(?:[-–]|to\b|and\b))[^$\n]{1,400}\$|[√π∞≤≥∪∩±∈]|(?<=[xyn)])[²³⁴-⁹]|\^|(?<![\w.])[a-z]\s?[=<>]|\d!?\s*[*=<>]\s*-?[\d(]|[\[\]({][^\[\](){}]{0,200}[,;][^\[\](){}]{0,200}[\[\])}]"
)
_COMMANDS = re.compile(
    r"\\(?:begin|end)\{[A-Za-z*]+\}|\((?:for|if|when|where|with) [a-z] ?(?:≠|!=)[^()]*\)|"
    r"\\[A-Za-z]+|\b(?:sin|cos|tan|cot|sec|csc|log|ln|exp|arcsin|arccos|arctan|sqrt|pi|inf|infinity|and|or|mod|min|max|gcd|lcm|det)\b"
)
_WORDS = re.compile(r"[^\W\d_²³]{3,}")
_DIFFERENCE = re.compile(r"(?<!\w)\d*[a-z]\s?[-−]\s?\d|\d\s?[-−]\s?\d*[a-z](?!\w)|^-?[\d.]*i$")
_FACTORIAL = re.compile(r"\d+\s?!+")
_BOXED = re.compile(r"\\boxed")
_CODE_SIGN = re.compile(r"&&|\s\|\|\s|[!=]==?|\+\+|=>|->|;\s*$")  # what mathematics does not have
_PARSED = ("sql", "json", "python")
_VALUES = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\([^()]*,[^()]*\)|(?<!\w)(?:'[^']*'|\"[^\"]*\")")
_SIGNS = re.compile(r"[^\w\s]{1,4}|_|[α-ωΑ-Ω]")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", re.MULTILINE)
_ARTICLES = frozenset("the der die das le la les el los il lo o a os as de het".split())
_EDGES = " \t\r\n.,;:*_`\"'“”«»"
_TEXT = re.compile(
    r"\\(?:text|mathrm|mathbf|textbf|operatorname|ce|mathit|mbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_LETTER = re.compile(r"[\s:：]{0,3}[(\[（]?([A-Z])[)\]）]?")
_LEAD = re.compile(r"^.{0,60}?[:：]\s+", re.DOTALL)


def read(text: str, question: str, strategy: Strategy) -> Value:
    """What an answer is. Total: what cannot be read is compared to the letter."""
    text = text.strip()
    if len(text) > LONGEST:
        return to_the_letter(text)
    about = asked.read(question, strategy)
    try:
        return _read(text, about)
    except (ArithmeticError, RecursionError, ValueError, LookupError, TypeError, AttributeError):
        return to_the_letter(text)


def prepare(text: str) -> None:
    """Load what reading this answer needs: loading is no part of the time that it may take."""
    if len(text) <= LONGEST and unevaluated.is_one(text):
        unevaluated.load()


def to_the_letter(
    text: str, _question: str = "", _strategy: Strategy = Strategy.EXACT
) -> Identifier:
    """An answer that nobody could read: the same as what is spelt like it, and as nothing else."""
    return Identifier(" ".join(text.split()))


def _read(text: str, about: Asked) -> Value:
    if len(about.options) > 1 and (chosen := _options(text, about)) is not None:
        return chosen
    if about.statements and (held := statements.held(text.strip(_EDGES), about.statements)):
        return Choice(held[0]) if len(held) == 1 else Several(tuple(map(Choice, held)))
    if about.labels and (label := _label(text, about)) is not None:
        return label
    if (name := _notation(text, about)) is not None:
        return name
    if about.of_code:
        quoted = code.quoted(text)
        read = code.read(quoted if quoted is not None else text, about.code_hint)
        if quoted is not None or read.language in _PARSED or not _is_sentence(text, about):
            return read
    said = _unboxed(text)
    runs = questions.is_about_code(about.text) and not about.yes_or_no
    if runs and (literal := _literal_told(text, about)) is not None:
        return literal
    if (
        questions.is_about_code(about.text)
        and not about.yes_or_no
        and not _is_sentence(said, about)
    ):
        return _literal(said)
    quoted = code.quoted(text) if questions.is_about_code(about.text) else None
    if quoted is not None and not about.yes_or_no:
        return _literal(quoted)
    if not about.yes_or_no and about.strategy is Strategy.NUMERIC and not about.calculates:
        plain = _prose(said, about)
        if not isinstance(plain, Phrase):
            return plain
    if not about.yes_or_no and (about.strategy is Strategy.NUMERIC or _is_formula(said, about)):
        value = _mathematics(text if about.strategy is Strategy.NUMERIC else said, about)
        if value is not None and not _leaves_out(value, said, about):
            return value
        if _FACTORIAL.fullmatch(said):
            return to_the_letter(said)  # one that is too large
    return _prose(said, about)


def _notation(text: str, about: Asked) -> Identifier | None:
    """A sign alone where one is asked for, and keys that are pressed together."""
    bare = text.strip().strip("`").strip()
    if "symbol" in about.topics and _SIGNS.fullmatch(bare):
        return Identifier(symbols.typed(bare))
    if "complexity" in about.topics and (growth := identifiers.growth(bare)):
        return Identifier(growth)
    if "shortcut" in about.topics and not _denies(bare, about) and (keys := shortcuts.read(bare)):
        return Identifier(keys)
    return None


def _unboxed(text: str) -> str:
    if _BOXED.search(text):
        text = stated.boxed(text) or text
    bare = _TEXT.sub(r"\1", text).replace("{,}", ",").replace("\\%", "%").strip()
    if bare.count("$") == 2 and bare.startswith("$") and bare.endswith("$"):
        bare = bare[1:-1]
    return bare


def _is_sentence(text: str, about: Asked) -> bool:
    """Whether it says something in words."""
    language = about.language
    words = [folded_word(w) for w in words_in(text)]
    return language is not None and sum(w in language.words["function"] for w in words) > 1


def _is_formula(text: str, about: Asked) -> bool:
    """Whether there is mathematics in it and no words, or it is a set that words name."""
    if about.calculates and mathematics.names_set(text):
        return True
    if _WORDS.search(_COMMANDS.sub(" ", text)):
        return False
    is_plain = about.calculates and _DIFFERENCE.search(text) is not None
    return is_plain or _LATEX.search(text) is not None or any(c in text for c in "+/*=<>")


def _literal(text: str) -> Identifier:
    """What code prints or returns, as code writes it."""
    return Identifier(of_code(text.strip(_EDGES[:5]).strip()) or text)


def _denies(text: str, about: Asked) -> bool:
    """Whether any of its words denies something."""
    language = about.language
    return language is not None and any(
        language.has("negation", folded_word(word)) for word in words_in(text)
    )


def _literal_told(text: str, about: Asked) -> Identifier | None:
    """The only value, as code writes it, that words tell: "It evaluates to [1, 2]."."""
    quoted = code.quoted(text)
    found = [quoted] if quoted is not None else _VALUES.findall(text)
    around = text.replace(found[0], " ", 1) if len(found) == 1 else ""
    if (
        _denies(around, about)
        or not _WORDS.search(around)
        or any(c.isdigit() or c in "[]{}()'\"" for c in around)
    ):
        return None
    told = of_code(found[0])
    return Identifier(told) if told else None


def _mathematics(text: str, about: Asked) -> Quantity | Mathematics | None:
    """Where a calculation was asked for, or the text can be nothing else."""
    if about.digits_are_letters or (about.of_time and not about.calculates):
        return None
    if _CODE_SIGN.search(text):
        return None
    if not about.calculates and ("±" in text or not _LATEX.search(text)):
        return None
    if (
        about.strategy is not Strategy.NUMERIC
        and not about.calculates
        and re.fullmatch(r"[\d\s./:–-]+", text)
    ):
        return None
    for joint in about.language.words["and"] if about.language else ():
        if joint.isalpha() and len(text) < 200:
            text = re.sub(rf"\s{joint}\s", " and ", text)
    return mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)


def _leaves_out(value: Quantity | Mathematics, text: str, about: Asked) -> bool:
    """Whether a number is only one of the things that words tell: a circle's radius and centre."""
    text = text.rstrip(_EDGES).rpartition(". ")[2]  # what goes before may be the way to it
    if isinstance(value, Mathematics) or not _WORDS.search(_COMMANDS.sub(" ", text)):
        return False
    values = [t.value for t in phrase.read(text, about).tokens if not isinstance(t.value, str)]
    return len(values) > 1 and any(isinstance(v, Mathematics) for v in values)


def _prose(text: str, about: Asked) -> Value:
    text = _put_right(_concluded(text, about), about)
    found = phrase.read(text, about)
    counted = _count_in_words(text, found, about) if about.of_count else None
    if counted is not None:
        return counted
    values = [t for t in found.tokens if t.role in (Role.CONTENT, Role.ECHO)]
    is_one_value = len(values) == 1 and not isinstance(values[0].value, str)
    is_one_place = about.of_place and any(t.value == "aside" for t in found.tokens)
    is_one = len(found.tokens) < 2 or is_one_value or is_one_place
    several = None if is_one else _several(text, about)
    if several is not None:
        return _numbers(several) or several
    if about.yes_or_no or _begins_with_verdict(found):
        truth = _truth(found, text, about)
        if truth is not None:
            return truth
    says = [
        t
        for t in found.tokens
        if t.role not in (Role.FUNCTION, Role.LINK, Role.BREAK, Role.KIND, Role.HEDGE)
    ]
    if not found.tokens:
        return Identifier(text)
    if len(says) == 1 and not isinstance(says[0].value, str) and len(found.tokens) == 1:
        return found if found.asks is Asks.TIME else says[0].value
    if about.strategy is Strategy.NUMERIC:
        value = _mathematics_in(text, found, about)
        if value is not None:
            return value
    return found


def _count_in_words(text: str, found: Phrase, about: Asked) -> Quantity | None:
    """None of them is zero, and infinitely many are what they say."""
    language = phrase.language_in(text, about) or about.language
    if language is None:
        return None
    said = " ".join(folded_word(word) for word in words_in(text))
    if text.strip(_EDGES) == "∞" or said in language.words.get("infinite", ()):
        return Quantity(math.inf)
    if said in language.words.get("none", ()):
        return Quantity(Fraction(0))
    denials = [t.value for t in found.tokens if t.role is Role.NEGATION]
    adds_nothing = all(
        t.role in (Role.NEGATION, Role.FUNCTION, Role.ECHO, Role.KIND, Role.LINK)
        and isinstance(t.value, str)
        for t in found.tokens
    )
    is_none = len(denials) == 1 and language.has("none", str(denials[0]))
    return Quantity(Fraction(0)) if is_none and adds_nothing else None


def _mathematics_in(text: str, found: Phrase, about: Asked) -> Quantity | Mathematics | None:
    """A sentence's only number, where the phrase found no values or only words beside one."""
    if any(
        t.role in (Role.LIMIT, Role.OR, Role.NEGATION) or not isinstance(t.value, str | Quantity)
        for t in found.tokens
    ):
        return None
    value = mathematics.read(text, in_percent=about.of_percent, of_interval=about.of_interval)
    found_there = [t.value for t in found.tokens if isinstance(t.value, Quantity)]
    if isinstance(value, Quantity) and len(found_there) == 1:
        # A scale or a unit of its language that mathematics does not know: 140 Mrd. are not 140.
        return value if value.number == found_there[0].number else None
    return value


_ALONE = frozenset(["答案是", "答案为", "答えは", "정답은", "답은", "jawabannya"])


def _concluded(text: str, about: Asked) -> str:
    """What follows the last "the answer is" and its like, or a label with a colon."""
    language = about.language
    folded = text.casefold()
    best = -1
    for opener in sorted(language.words["conclusion"] if language else (), key=len, reverse=True):
        place = folded.rfind(opener)
        end = place + len(opener)
        if place < 0 or (place and text[place - 1].isalnum() and language and language.segmented):
            continue
        if (
            not re.match(r"[\s:：,]", text[end : end + 1] or "x")
            and language
            and language.segmented
        ):
            continue
        rest = text[end:].strip(" :：,*\n")
        if rest and (
            ":" in text[end : end + 3]
            or "：" in text[end : end + 3]
            or " " in opener
            or opener in _ALONE
        ):
            best = max(best, end)
    return text[best:].strip(" :：,*\n") if best >= 0 else text


def _put_right(text: str, about: Asked) -> str:
    """Of "not this, but that", that; of "some think it is this, but it is that", that too."""
    language = about.language
    if language is None or about.yes_or_no:
        return text
    for word in language.words.get("but", ()):
        parts = (
            text.split(word)
            if not language.segmented
            else re.split(rf"(?<!\w){re.escape(word)}(?!\w)", text)
        )
        if len(parts) != 2 or not parts[1].strip(_EDGES):
            continue
        before, after = (phrase.read(part, about).tokens for part in parts)
        denies = any(t.role is Role.NEGATION for t in before) or any(
            t.value in _BELIEF for t in before
        )
        if denies and not any(t.role in (Role.NEGATION, Role.LIMIT, Role.OR) for t in after):
            return parts[1].strip(_EDGES + "，。")
    return text


_BELIEF = frozenset(["think", "believe", "assume", "guess"])


def _several(text: str, about: Asked) -> Several | None:
    """A list of short items, and nothing else."""
    language = about.language
    items: Sequence[str]
    if len(_BULLET.findall(text)) > 1 and _BULLET.match(text):
        items = [line for line in _BULLET.sub("\n", text).split("\n") if line.strip()]
        ordered = bool(re.match(r"\s*\d", text))
    else:
        joints = [j for j in (language.words["and"] if language else ("and",)) if j]
        spaced = [re.escape(j) for j in joints if j.isalpha() or " " in j]
        east = language is not None and not language.segmented
        joint = "|".join(sorted(spaced, key=len, reverse=True)) or "and"
        comma = "、" if east else "[,，;、\n]"
        between = rf"(?:{joint}|、)" if east else rf"\s+(?:{joint}|&)\s+"
        if not re.search(comma, text) and not re.search(between, text, re.IGNORECASE):
            return None
        items = [
            i
            for i in re.split(
                rf"\s*{comma}\s*(?:(?:{joint})\s+)?|{between}", text, flags=re.IGNORECASE
            )
            if i.strip()
        ]
        ordered = False
    if not 1 < len(items) <= MOST_ITEMS or any(len(words_in(i)) > 4 or len(i) > 60 for i in items):
        return None
    parts = [phrase.read(item, about) for item in items]
    if not all(_is_item(p) for p in parts):
        return None
    echoes = {
        sum(t.role is Role.ECHO and isinstance(t.value, str) for t in p.tokens) for p in parts
    }
    if len(echoes) > 1:
        return None  # a sentence with a comma in it
    kinds = {type(p.tokens[0].value) is str for p in parts if p.tokens}
    if len(kinds) > 1 or any(isinstance(t.value, Date | Clock) for p in parts for t in p.tokens):
        return None
    asked_in_order = re.search(
        r"\border\b|\bsequence\b|\bfirst\b.*\bthen\b|\bsort\b|Reihenfolge|orden|ordine", about.text
    )
    return Several(tuple(_alone(p) for p in parts), ordered or asked_in_order is not None)


def _numbers(several: Several) -> Mathematics | Quantity | None:
    """A list of nothing but numbers, in no order."""
    told = [t for item in several.items if isinstance(item, Phrase) for t in item.tokens]
    found = [t.value for t in told if isinstance(t.value, Quantity)]
    if several.ordered or len(found) < len(told) or len(told) != len(several.items):
        return None
    return mathematics.listed(found)


def _is_item(part: Phrase) -> bool:
    says = [t for t in part.tokens if t.role in (Role.CONTENT, Role.ECHO)]
    return (
        0 < len(says) <= 3
        and any(t.role is Role.CONTENT for t in says)
        and not any(
            t.role in (Role.NEGATION, Role.LIMIT, Role.OR, Role.BREAK, Role.LINK)
            for t in part.tokens
        )
        and not any(t.role is Role.FUNCTION for t in part.tokens[1:])
    )


def _alone(part: Phrase) -> Phrase | Quantity:
    return part


def _truth(found: Phrase, text: str, about: Asked) -> Phrase | Truth | None:
    """Yes or no, said outright or by what the question asked, with what is said besides."""
    tokens = found.tokens
    language = about.language
    first = words_in(text)[:1]
    word = folded_word(first[0]) if first else ""
    verdict = _verdict(text, word, about)
    if verdict is not None:
        rest = _after_verdict(tokens)
        return Phrase((Token(Truth(verdict)), *rest), found.asks) if rest else Truth(verdict)
    if not about.yes_or_no:
        return None
    if language is None or _asks_in_the_negative(about, language):
        return None
    told = {
        v
        for clause in _clauses(tokens, segmented=language.segmented)
        if (v := _restated(clause, language)) is not None
    }
    return Truth(told.pop()) if len(told) == 1 else None


def _asks_in_the_negative(about: Asked, language: Pack) -> bool:
    """Whether the question denies something itself, besides offering a no."""
    denials = language.words["negation"] - language.words["no"]
    return any(folded_word(w) in denials for w in words_in(about.text))


def _clauses(tokens: Sequence[Token], *, segmented: bool) -> list[list[Token]]:
    """The clauses that answer; an aside explains one, and answers nothing."""
    clauses: list[list[Token]] = [[]]
    explains = False
    for token in tokens:
        ends = ("so", "aside", ";", ".") if segmented else ("so", "aside", ";", ".", ",")
        if token.role is Role.BREAK and token.value in ends:
            explains = token.value == "aside"
            clauses.append([])
        elif not explains:
            clauses[-1].append(token)
    return [clause for clause in clauses if clause]


def _restated(clause: Sequence[Token], language: Pack) -> bool | None:
    """What a clause answers that says nothing but what was asked, or that it is not so."""
    if any(t.role in (Role.CONTENT, Role.LIMIT, Role.OR) for t in clause) or len(clause) < 2:
        return None
    kinds = [str(t.value) for t in clause if t.role is Role.KIND]
    opposed = [t for t in clause if t.role is Role.NEGATION and t.stem]
    if opposed:  # it is closed; that it is not closed tells less, as does that it did not fall
        is_plain = not any(t.role is Role.NEGATION and not t.stem for t in clause)
        return False if len(opposed) == 1 and is_plain and not kinds else None
    denials = [str(t.value) for t in clause if t.role is Role.NEGATION]
    if all(t.role in (Role.FUNCTION, Role.NEGATION) for t in clause) and len(clause) < 4:
        return not denials if len(denials) < 2 else None  # so it isn't
    said = [str(t.value) for t in clause if t.role in (Role.KIND, Role.NEGATION, Role.ECHO)]
    outright = [w for w in said if language.has("yes", w) or language.has("no", w)]
    against = [w for w in denials if w not in outright]
    if len(outright) == 1 and len(against) < 2 and len(kinds) < 3:
        # That statement is correct; it is not correct.
        return language.has("yes", outright[0]) != bool(against)
    echoes = sum(t.role is Role.ECHO for t in clause)
    if kinds or not echoes or len(denials) > 1 or any(t.value == "and" for t in clause):
        return None
    return not denials


def _verdict(text: str, word: str, about: Asked) -> bool | None:
    rest = text.strip(_EDGES)[len(word) :]
    languages = [about.language] if about.language else []
    own = phrase.language_in(text, about)
    if own is not None and own not in languages:
        languages.append(own)
    apart = not rest or re.match(r"\s*[,.;:!。，、—–-]", rest) is not None
    if not rest:
        languages = [*languages, *(pack(code_) for code_ in (*LATIN, "ru", "ar", "hi"))]
    for language in languages:
        if not language.segmented:
            bare = text.strip(_EDGES + "。，、")
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


def _begins_with_verdict(found: Phrase) -> bool:
    return len(found.tokens) == 1 and isinstance(found.tokens[0].value, str)


def _after_verdict(tokens: Sequence[Token]) -> Sequence[Token]:
    place = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), len(tokens))
    return tokens[place:] if place < len(tokens) else ()


def _options(text: str, about: Asked) -> Choice | Several | None:
    """The option, or several of them, that an answer names."""
    items = [
        i
        for i in re.split(
            r"\s*[,;\n]\s*(?:and\s+)?|\s+(?:and|&|y|et|und|e|и)\s+", text.strip(_EDGES)
        )
        if i.strip(_EDGES)
    ]
    concluded = _concluded(text, about) != text
    if (
        1 < len(items) <= len(about.options)
        and not concluded
        and all(len(words_in(i)) < 6 for i in items)
    ):
        chosen = [
            _option_in(re.sub(r"^(?:the|a|an)\s", "", i.strip(_EDGES + "()")), about) for i in items
        ]
        if all(chosen) and len({c.label for c in chosen if c}) == len(chosen):
            return Several(tuple(c for c in chosen if c))
    return _option(text, about)


def _option(text: str, about: Asked) -> Choice | None:
    """The option that is named by its letter, or by its text, and by no other's."""
    bare = _unboxed(text)
    concluded = _concluded(bare, about)
    so = "|".join(about.language.words.get("so", ())) if about.language else ""
    last = re.split(rf"[,;.]\s*(?:{so})\s", bare)[-1] if so else bare
    for said in dict.fromkeys((bare, concluded, last)):
        found = _option_in(said.strip(_EDGES + "()[]{}$"), about)
        if found:
            return found
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
        rest = bare[lone.end() :].strip(_EDGES + "()")
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
        r"([A-Z])(?:\]\]|\))?(?![\w'])",
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
    words = [folded_word(w) for w in words_in(bare)]
    ordinals = about.language.ordinals if about.language else {}
    told = [ordinals[w] for w in words if w in ordinals]
    known = {"one", "option", "choice", "answer", "opcion", "opzione", "opcao", "optie"}
    is_alone = all(w in ordinals or w in known or w in _ARTICLES for w in words)
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
        return str(whole[0])
    if re.search(r"\b(?:not|nicht|no|pas|non|niet|nie|не|bukan|değil)\b|n't\b", said):
        return None
    within = [letter for letter, option in texts.items() if option and f" {option} " in said]
    longest = [
        a for a in within if not any(a != b and f" {texts[a]} " in f" {texts[b]} " for b in within)
    ]
    return str(longest[0]) if len(longest) == 1 else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+(?:[.,]\d+)*[%°+#-]*", folded_word(text)))


def _label(text: str, about: Asked) -> Choice | None:
    """The only one of the question's alternatives that the answer settles on.

    Of two, what is denied leaves the other.
    """
    concluded = _concluded(_unboxed(text), about)
    language = about.language
    so = "|".join(language.words.get("so", ())) if language else ""
    concluded = re.split(rf"[,;.]\s*(?:{so})\s", concluded)[-1] if so else concluded
    words = [folded_word(w) for w in re.findall(r"[^\W_][\w+-]*", concluded)]
    said = " ".join(asked.stemmed(w, language) for w in words)
    found = {
        label
        for label in about.labels
        if any(_is_label(w, folded_word(label)) for w in words)
        or ("_" in label and _spelt_out(label, language) in said)
    }
    others = [w for w in words if not any(_is_label(w, folded_word(x)) for x in about.labels)]
    denials = sum(language is not None and language.has("negation", w) for w in others)
    open_ = any(language is not None and language.has("or", w) for w in others)
    if len(found) != 1 or open_ or denials > 1 or (denials and len(about.labels) != 2):
        return None
    (label,) = found
    if denials:
        label = next(other for other in about.labels if other != label)
    return Choice(folded_word(label))


def _spelt_out(label: str, language: Pack | None) -> str:
    """REQUEST_CHANGES as words."""
    return " ".join(asked.stemmed(w, language) for w in folded_word(label).split("_"))


def _is_label(word: str, label: str) -> bool:
    """The label, or a form of it: positivo for positiva."""
    if word == label:
        return True
    common = 0
    for a, b in zip(word, label, strict=False):
        if a != b:
            break
        common += 1
    return common >= 5 and max(len(word), len(label)) - common <= 2
