"""Small notations with names: grades, sections of laws, chess, connectives, winds."""

from __future__ import annotations

import re

Told = tuple[str, int] | None

_GRADE = re.compile(
    r"(?:(?P<t>(?i:single|double|triple))[ -])?(?P<g>[A-D]{1,3}|[A-F])(?P<d>[a-d]?[12]?)"
    r"(?![A-Za-z])(?:[ -]?(?P<s>plus|minus|[+−–-])(?!\w))?",
)
_TIMES = {"single": 1, "double": 2, "triple": 3}

_SECTION_KINDS = {
    "s": r"sections?\b|sects?\.|sec\.?|ss?\.|§{1,2}|paragraf\w*|"
    r"Paragra(?:ph|f)(?=\s\d+[a-z]?,?\s(?:Abs|Satz))|разделе?|节",
    "art": r"art(?:icle|icolo|ículo|ikel|igo|ykuł\w*|\.)?(?=\s?\d)|стать[яеию]|ст\.|madde|pasal",
    "cl": r"clauses?\b|cl\.|cláusula|clausola|пункт\w*|п\.",
    "para": r"paragraphs?\b|paras?\b\.?|pars?\.|¶|абзац",
    "reg": r"regulations?\b|regs?\.",
    "r": r"rules?\b|r\.",
}
_SECTION = re.compile(
    "(?:" + "|".join(f"(?P<{kind}>{form})" for kind, form in _SECTION_KINDS.items()) + r")\s?"
    r"(?P<n>\d+[A-Za-z]?(?:\.\d+)*)"
    r"(?P<rest>(?:\s?\(\w{1,4}\)|,?\s?(?:sub-?section|sub-?paragraph|paragraph|sub-?clause|clause|"
    r"subs?\.|para\.?|Absatz|Abs\.?|Satz|S\.|comma|co\.|alinéa|al\.|apartado|apdo\.|letter|"
    r"point|item|lit\.|ustęp|ust\.|lid|n[.ºo]+|ч\.|част[ьи]|п\.|пункт\w*)\s?\(?\w{1,4}\)?(?!\w))*)",
    re.IGNORECASE,
)

# What a question may call them besides: in the plural, or in another language.
_PLURALS = {
    "art": r"articles?\b|artikel\w*|artícul\w+|articol\w+|artig\w+|artykuł\w*",
    "cl": r"cláusulas\b|clausole\b|klausel\w*",
    "para": r"paragraph(?:s|en|e)?\b",
}
_KIND_NAMES = {
    kind: re.compile(rf"(?<!\w)(?:{form}|{_PLURALS.get(kind, form)})", re.IGNORECASE)
    for kind, form in _SECTION_KINDS.items()
}
_PART = re.compile(r"(?<!\w)(\d{1,3}[a-z]?|[a-z]|[ivx]{1,4})(?![\w.])")

_PIECES = {"king": "K", "queen": "Q", "rook": "R", "bishop": "B", "knight": "N", "pawn": ""}
_CASTLES = re.compile(r"[0O]-[0O](-[0O])?(?![\w-])")
_CASTLES_IN_WORDS = re.compile(
    r"(?:castl(?:es|ing|ed|e)|short castling|long castling)\s(?:on the )?"
    r"(?P<s>king|queen)(?:'?s)?(?:[ -]?side)?(?!\w)",
    re.IGNORECASE,
)
_SAN = re.compile(
    r"(?:\d+\.(?:\.\.)?\s?)?([KQRBN]?[a-h]?[1-8]?x?[a-h][1-8](?:=?[QRBN])?[+#]?)(?!\w)"
)
_MOVE_IN_WORDS = re.compile(
    rf"(?P<p>{'|'.join(_PIECES)})\s(?:moves?\s)?(?P<x>takes|captures|x)?(?:\s?(?:on|to|the)\s)?"
    r"\s?(?P<sq>[a-h][1-8])(?:,?\s(?:with\s)?(?P<c>check(?:mate)?|mate))?(?!\w)",
    re.IGNORECASE,
)

_LOGIC = {
    "AND": "AND|conjunction|logical and|∧|⋀|and gate",
    "OR": "OR|inclusive or|disjunction|logical or|∨|⋁|or gate",
    "NOT": "NOT|negation|logical not|¬|inverter|not gate",
    "XOR": "XOR|EXOR|EX-OR|exclusive or|exclusive-or|exclusive disjunction|⊕|⊻",
    "NAND": "NAND|not and|not-and|negated and",
    "NOR": "NOR|not or|not-or|negated or",
    "XNOR": "XNOR|exclusive nor|exclusive-nor",
    "IF": "implication|material implication|implies|conditional|material conditional|→|⇒|⊃",
    "IFF": "biconditional|equivalence|if and only if|iff|↔|⇔|≡|double implication",
    "∀": "universal quantifier|for all|for every|∀",
    "∃": "existential quantifier|there exists|there is|for some|∃",
}
_LOGIC_NAMES = {name: sign for sign, names in _LOGIC.items() for name in names.split("|")}
_CONNECTIVE = re.compile(
    "(?:"
    + "|".join(
        re.escape(name) if name.isupper() or not name.isascii() else f"(?i:{re.escape(name)})"
        for name in sorted(_LOGIC_NAMES, key=len, reverse=True)
    )
    + r")(?!\w)(?:[ -](?:gate|operator|operation|connective|quantifier)s?(?!\w))?"
)
_BY_NAME = {name.casefold(): sign for name, sign in _LOGIC_NAMES.items()}

_WINDS = ("north", "south", "east", "west")
_WIND = re.compile(
    r"(?:(?:north|south|east|west)[ -]?){1,3}(?:wards?|ern|erly)?(?!\w)", re.IGNORECASE
)
_WIND_SIGN = re.compile(r"(?:[NS]{1,2}[EW]{0,2}|[EW][NS]?[EW]?)(?!\w)")

_SUITS = {"spade": "♠", "heart": "♥", "diamond": "♦", "club": "♣", "♤": "♠", "♡": "♥", "♢": "♦"}
_RANKS = {
    "ace": "A", "king": "K", "queen": "Q", "jack": "J", "ten": "10", "nine": "9", "eight": "8",
    "seven": "7", "six": "6", "five": "5", "four": "4", "three": "3", "two": "2", "deuce": "2",
}  # fmt: skip
_CARD = re.compile(
    rf"(?:(?P<r>10|[2-9AKQJ])|(?P<n>(?i:{'|'.join(_RANKS)})))\s?(?:of\s)?"
    r"(?:(?P<s>[♠♥♦♣♤♡♢])\ufe0f?|(?P<w>(?i:spades?|hearts?|diamonds?|clubs?))(?!\w))"
)
_SIZES = {
    "extra small": "XS", "small": "S", "medium": "M", "large": "L", "extra large": "XL",
    "double extra large": "XXL", "extra extra large": "XXL", "2xl": "XXL",
}  # fmt: skip
_SIZE = re.compile(
    "(?:" + "|".join(sorted(_SIZES, key=len, reverse=True)).replace(" ", "[ -]") + r")(?!\w)|"
    r"(?-i:X{0,2}[SL]|M)(?![\w'’])",
    re.IGNORECASE,
)
_MODE = re.compile(r"[-d]?(?P<m>(?:[r-][w-][x-]){3})(?![\w-])|0?(?P<o>[0-7]{3})(?![\w.,])")

_DYNAMICS = {
    "fff": "fortississimo", "ff": "fortissimo", "mf": "mezzo-forte|mezzo forte|mezzoforte",
    "f": "forte", "ppp": "pianississimo", "pp": "pianissimo", "p": "piano",
    "mp": "mezzo-piano|mezzo piano|mezzopiano", "sfz": "sforzando|sforzato", "fp": "fortepiano",
    "cresc.": "crescendo", "dim.": "diminuendo|decrescendo", "rit.": "ritardando",
}  # fmt: skip
_DYNAMIC_NAMES = {name: sign for sign, names in _DYNAMICS.items() for name in names.split("|")}
_DYNAMIC = re.compile(
    rf"(?P<n>{'|'.join(sorted(_DYNAMIC_NAMES, key=len, reverse=True))})(?!\w)|"
    rf"(?P<s>{'|'.join(sorted(map(re.escape, _DYNAMICS), key=len, reverse=True))})(?![\w'])",
    re.IGNORECASE,
)
_STEPS = "unison second third fourth fifth sixth seventh octave".split()
_QUALITIES = {"perfect": "P", "major": "M", "minor": "m", "augmented": "A", "diminished": "d"}
_INTERVAL = re.compile(
    rf"(?P<q>{'|'.join(_QUALITIES)})\s(?:(?P<w>{'|'.join(_STEPS)})|(?P<o>[1-8])(?:st|nd|rd|th))(?!\w)",
    re.IGNORECASE,
)
_INTERVAL_SIGN = re.compile(r"([PMmAd])([1-8])(?!\w)")


def grade(text: str, place: int) -> Told:
    """A grade or a rating: A-, double-A minus, BBB+."""
    match = _GRADE.match(text, place)
    if match is None or (match["t"] and len(match["g"]) > 1):
        return None
    letters = match["g"] * _TIMES.get((match["t"] or "").lower(), 1)
    plain = letters in ("A", "AA", "AAA") and not (match["s"] or match["d"])
    if plain and text[match.end() : match.end() + 1] == " " and not match["t"]:
        return None  # an article
    sign = {"plus": "+", "minus": "-", "−": "-", "–": "-"}.get(match["s"], match["s"] or "")
    return f"{letters}{match['d']}{sign}", match.end()


def section(text: str, place: int) -> Told:
    """A part of a law or a contract: § 14(3), section 14, subsection (3)."""
    match = _SECTION.match(text, place)
    if match is None:
        return None
    kind = next(kind for kind in _SECTION_KINDS if match[kind])
    inner = "".join(f"({part})" for part in _PART.findall(match["rest"].lower()))
    return f"{kind}{match['n'].lower()}{inner}", match.end()


def section_asked(text: str, place: int, question: str) -> Told:
    """The same, where what a section sign names is of the kind that the question speaks of."""
    found = section(text, place)
    if found is None or not text.startswith(("§", "Paragra"), place):
        return found
    kinds = [kind for kind, form in _KIND_NAMES.items() if form.search(question)]
    kind = next(kind for kind in _SECTION_KINDS if found[0].startswith(kind))
    return (kinds[0] + found[0].removeprefix(kind), found[1]) if len(kinds) == 1 else found


def chess(text: str, place: int) -> Told:
    """A move of chess: Nf3, knight to f3, O-O, 0-0-0."""
    if match := _CASTLES.match(text, place):
        return "O-O-O" if match[1] else "O-O", match.end()
    if match := _CASTLES_IN_WORDS.match(text, place):
        return "O-O" if match["s"].lower() == "king" else "O-O-O", match.end()
    if match := _MOVE_IN_WORDS.match(text, place):
        check = "" if not match["c"] else "#" if match["c"].lower().endswith("mate") else "+"
        taken = "x" if match["x"] else ""
        return f"{_PIECES[match['p'].lower()]}{taken}{match['sq'].lower()}{check}", match.end()
    match = _SAN.match(text, place)
    return (match[1], match.end()) if match else None


def connective(text: str, place: int) -> Told:
    """A connective or a quantifier of logic, by its sign or name: ∧, AND, conjunction."""
    match = _CONNECTIVE.match(text, place)
    if match is None:
        return None
    name = re.sub(
        r"[ -](?:gate|operator|operation|connective|quantifier)s?$", "", match[0].casefold()
    )
    sign = _BY_NAME.get(match[0].casefold()) or _BY_NAME.get(name)
    return (sign, match.end()) if sign else None


def wind(text: str, place: int) -> Told:
    """A direction of the compass: NNE, north-northeast."""
    if match := _WIND.match(text, place):
        said = re.findall("|".join(_WINDS), match[0].lower())
        return "".join(word[0].upper() for word in said), match.end()
    match = _WIND_SIGN.match(text, place)
    return (match[0], match.end()) if match else None


def card(text: str, place: int) -> Told:
    """A playing card: K♠, the king of spades."""
    match = _CARD.match(text, place)
    if match is None:
        return None
    rank = match["r"] or match["n"].lower()
    suit = match["s"] or match["w"].lower().removesuffix("s")
    return f"{_RANKS.get(rank, rank)}{_SUITS.get(suit, suit)}", match.end()


def size(text: str, place: int) -> Told:
    """A size of clothes: XL, extra large."""
    match = _SIZE.match(text, place)
    if match is None:
        return None
    said = match[0].lower().replace("-", " ")
    return _SIZES.get(said, match[0]), match.end()


def permissions(text: str, place: int) -> Told:
    """The permissions of a file in octal: 755 for rwxr-xr-x."""
    match = _MODE.match(text, place)
    if match is None:
        return None
    if match["o"]:
        return match["o"], match.end()
    bits = ["0" if letter == "-" else "1" for letter in match["m"]]
    return "".join(str(int("".join(bits[n : n + 3]), 2)) for n in (0, 3, 6)), match.end()


def dynamic(text: str, place: int) -> Told:
    """How loud music is: ff, fortissimo."""
    match = _DYNAMIC.match(text, place)
    if match is None or (match["s"] and match["s"] != match["s"].lower()):
        return None
    sign = _DYNAMIC_NAMES[match["n"].lower()] if match["n"] else match["s"]
    return sign, match.end()


def interval(text: str, place: int) -> Told:
    """An interval of music: P5, a perfect fifth."""
    if match := _INTERVAL.match(text, place):
        step = match["o"] or str(_STEPS.index(match["w"].lower()) + 1)
        return f"{_QUALITIES[match['q'].lower()]}{step}", match.end()
    match = _INTERVAL_SIGN.match(text, place)
    return (match[1] + match[2], match.end()) if match else None
