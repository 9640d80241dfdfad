"""What is said of a person before the name: "the Soviet cosmonaut", 唐代诗人."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from consensus.core.values import Date, Identifier, Quantity, Role, Row, Token
from consensus.readers.languages import Pack
from consensus.readers.spelling import folded_word

SHORTEST = 5  # letters of a word for a kind of person that is known by its ending
LONGEST = 6  # tokens of a description
_SMALL = (Role.FUNCTION, Role.LINK, Role.HEDGE, Role.BREAK, Role.ECHO)
_SAYING = (Role.CONTENT, Role.LIMIT, Role.NEGATION, Role.OR)
MOST_SIDES = 4
_SIDES = ("length", "pixels", "")
_JOINTS = ("的", "の")


def without_descriptions(tokens: Sequence[Token], language: Pack) -> tuple[Token, ...]:
    """The tokens, with what describes a name in the part that names a kind of thing.

    A description begins a part of a sentence, or follows a small word, and ends with a word for a
    kind of person; in scripts without spaces also with the particle that joins it to a name.
    """
    told = list(tokens)
    for place in range(len(told)):
        if not _ends_description(told, place, language):
            continue
        start = place
        while start and _may_describe(told[start - 1], language) and place - start < LONGEST:
            start -= 1
        if start and told[start - 1].role not in _SMALL:
            continue
        end = place + 1
        while language.segmented and not told[end].name:
            end += 1  # navegador português Vasco da Gama
        for n in range(start, end):
            if told[n].role in (Role.CONTENT, Role.ECHO):
                told[n] = replace(told[n], role=Role.KIND, name=False)
    return tuple(told)


def with_region_aside(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens, with the region after a place as an aside: Florence, Italy."""
    comma = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), 0)
    place, region = tokens[:comma], tokens[comma + 1 :]
    says = [t for t in place if t.role not in (Role.FUNCTION, Role.LINK)]
    are_names = bool(says) and bool(region) and all(_is_name(t) for t in (*says, *region))
    if not are_names or tokens[comma].value != ",":
        return tokens
    return (*place, Token("aside", Role.BREAK), *region)


def without_office(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The name alone, where an office goes before it: the managing director, Paula Reyes."""
    comma = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), 0)
    office, name = tokens[:comma], tokens[comma + 1 :]
    small = (Role.FUNCTION, Role.LINK, Role.KIND, Role.ECHO, Role.CONTENT)
    is_office = bool(office) and office[0].role is Role.FUNCTION
    is_office = is_office and not any(t.name or t.role not in small for t in office)
    is_named = bool(name) and all(t.name and t.role is not Role.BREAK for t in name)
    return name if is_office and is_named and tokens[comma].value == "," else tokens


def with_office_aside(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens, with an office after a whole name as an aside: Julia Low, Head of Sales."""
    comma = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), 0)
    name, office = tokens[:comma], tokens[comma + 1 :]
    is_named = len(name) > 1 and all(t.name and t.role is not Role.KIND for t in name)
    is_office = len(office) > 1 and office[0].role is Role.CONTENT and office[1].value == "of"
    if not is_named or not is_office or tokens[comma].value != ",":
        return tokens
    return (*tokens[: comma + 1], Token("aside", Role.BREAK), *office)


def with_circumstances_aside(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens, with what is no name after a person's as an aside: Konrad Zuse, 1941 in Berlin.

    A comma leads to it; or a small word, where nothing but a time follows: Van Gogh in 1889.
    """
    comma = next((n for n, t in enumerate(tokens) if t.role is Role.BREAK), len(tokens))
    link = next((n for n, t in enumerate(tokens[:comma]) if t.role is Role.LINK and n), comma)
    while link < comma and not _is_time(tokens[link + 1 : comma]):
        link = next((n for n in range(link + 1, comma) if tokens[n].role is Role.LINK), comma)
    if link < comma and _ends_in_name(tokens[:link]):
        return (*tokens[:link], Token("aside", Role.BREAK), *tokens[link:])
    rest = tokens[comma + 1 :]
    is_one = comma < len(tokens) and tokens[comma].value == "," and _ends_in_name(tokens[:comma])
    if not is_one or not rest or not _is_circumstance(rest):
        return tokens
    return (*tokens[: comma + 1], Token("aside", Role.BREAK), *rest)


def _ends_in_name(tokens: tuple[Token, ...]) -> bool:
    return bool(tokens) and tokens[-1].name and tokens[-1].role in (Role.CONTENT, Role.ECHO)


def _is_time(tokens: tuple[Token, ...]) -> bool:
    """Whether it is a date or a year, and nothing else."""
    told = [t.value for t in tokens if t.role not in (Role.FUNCTION, Role.HEDGE)]
    return len(told) == 1 and isinstance(told[0], Date | Quantity)


def _is_circumstance(rest: tuple[Token, ...]) -> bool:
    """Whether it names nobody, but for where it was; and takes nothing back."""
    if rest[0].role not in (Role.CONTENT, Role.HEDGE, Role.FUNCTION) or rest[0].value == "and":
        return False
    named = [n for n, t in enumerate(rest) if t.name or isinstance(t.value, Identifier)]
    takes_back = any(t.role in (Role.LIMIT, Role.NEGATION, Role.OR, Role.BREAK) for t in rest)
    places = all(n and (rest[n - 1].role is Role.LINK or n - 1 in named) for n in named)
    joins = any(t.value in ("and", "by", "with") for t in rest)
    return places and not takes_back and not joins


def with_place_aside(tokens: tuple[Token, ...], language: Pack) -> tuple[Token, ...]:
    """The tokens, with what tells a place more closely as an aside: In Peru, near Cusco."""
    for n in range(1, len(tokens) - 1):
        comma, after = tokens[n], tokens[n + 1]
        is_near = language.has("near", str(after.value))
        leads = is_near or (after.role is Role.LINK and after.value != "and")
        if comma.role is Role.BREAK:
            if comma.value != "," or not leads:
                return tokens
            closer = replace(after, role=Role.FUNCTION)
            return (*tokens[:n], Token("aside", Role.BREAK), closer, *tokens[n + 2 :])
    return tokens


def in_regions(tokens: tuple[Token, ...], asks: str, language: Pack) -> tuple[Token, ...]:
    """The tokens, with a place as the region that it is in: in Wilmington, Delaware.

    asks is the word of the question for the region; what is wider is left out, too: in Kent,
    England; in Peru, South America.
    """
    wider = ("continents",) if language.has("nation", asks) else ("continents", "nations")
    for n, comma in enumerate(tokens):
        if comma.value != "," or comma.role is not Role.BREAK:
            continue
        start = n
        while start and _is_name(tokens[start - 1]):
            start -= 1
        end = n + 1
        while end < len(tokens) and _is_name(tokens[end]):
            end += 1
        leads = start < n and start > 0 and tokens[start - 1].role is Role.LINK
        ends = end == len(tokens) or tokens[end].role in (Role.BREAK, Role.LINK)
        goes_on = end < len(tokens) and tokens[end].value in (",", "and")
        last = tokens[end - 1].value
        is_wider = any(language.has(which, str(last)) for which in wider)
        is_wider = is_wider or (len(wider) > 1 and isinstance(last, Identifier))  # USA
        if leads and end > n + 1 and ends and not goes_on:
            kept = slice(start, n) if is_wider else slice(n + 1, end)
            return (*tokens[:start], *tokens[kept], *tokens[end:])
    return tokens


def with_one_size(tokens: tuple[Token, ...], language: Pack) -> tuple[Token, ...]:
    """Lengths that are told one by one as one size: 30 cm long, 20 cm wide and 10 cm high."""
    lengths = [t.value for t in tokens if isinstance(t.value, Quantity)]
    if not 1 < len(lengths) < MOST_SIDES or any(q.unit.dimension not in _SIDES for q in lengths):
        return tokens
    rest = [t for t in tokens if not isinstance(t.value, Quantity)]
    named = [t for t in rest if isinstance(t.value, str) and language.has("sides", t.value)]
    others = [t for t in rest if t not in named]
    if len(named) < len(lengths) or any(t.role in _SAYING for t in others):
        return tokens
    return (Token(Row(tuple(lengths))),)


def _is_name(token: Token) -> bool:
    return token.name or isinstance(token.value, Identifier)


def _may_describe(token: Token, language: Pack) -> bool:
    is_word = token.role in (Role.CONTENT, Role.KIND) and isinstance(token.value, str)
    joins = not language.segmented and token.value in _JOINTS
    return is_word or joins


def _ends_description(told: Sequence[Token], place: int, language: Pack) -> bool:
    """Whether a kind of person is named here, and right after it a name."""
    token = told[place]
    names_kind = token.role in (Role.CONTENT, Role.KIND, Role.ECHO) or token.value in _JOINTS
    writes_small = language.code != "de"
    if not isinstance(token.value, str) or (token.name and writes_small) or not names_kind:
        return False
    is_person = language.has("person", token.value) or language.has("who", token.value)
    if language.segmented:
        after = _past_origin(told, place, language)
        follows_link = place > 0 and _is_of_another(told, place)
        is_person = is_person or _is_person_by_ending(token.value, language)
        is_person = is_person or (writes_small and _stands_before_name(told, place))
        return is_person and not follows_link and after is not None and after.name
    following = [t for t in told[place + 1 : place + 3] if t.value != ","]
    says = bool(following) and following[0].role is Role.CONTENT
    return (is_person or token.value in _JOINTS) and says


def _is_person_by_ending(word: str, language: Pack) -> bool:
    """Whether it ends as words for people do: bacteriologist."""
    endings = tuple(language.words.get("person_endings", ()))
    return len(word) >= SHORTEST and word.endswith(endings)


def _stands_before_name(told: Sequence[Token], place: int) -> bool:
    """Whether an answer is a small word, this one, and a whole name: el danés Bjarne Stroustrup."""
    rest = told[place + 1 :]
    is_second = place == 1 and told[0].role is Role.FUNCTION
    return is_second and len(rest) > 1 and rest[0].name and rest[1].name


def _is_of_another(told: Sequence[Token], place: int) -> bool:
    """Whether somebody of that person is meant: the wife of the composer Schumann."""
    before = [t for t in told[max(0, place - 2) : place] if t.role is not Role.FUNCTION]
    return bool(before) and before[-1].role is Role.LINK and before[-1].value != "by"


def _past_origin(told: Sequence[Token], place: int, language: Pack) -> Token | None:
    """The token after one that may say where somebody is from: navegador português Vasco."""
    following = list(told[place + 1 : place + 3])
    endings = tuple(folded_word(e) for e in language.words.get("origin_endings", ()))
    if following and not following[0].name and str(following[0].value).endswith(endings):
        del following[0]
    return following[0] if following else None
