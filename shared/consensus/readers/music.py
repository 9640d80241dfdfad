"""Musical keys and chords in the ways to name them: A minor, a-Moll, la mineur, Am; G7."""

from __future__ import annotations

import re

_SOLFEGE = {
    "do": "C", "ut": "C", "re": "D", "ré": "D", "mi": "E", "fa": "F", "sol": "G", "la": "A",
    "si": "B",
}  # fmt: skip
_GERMAN = {
    "c": "C", "cis": "C#", "des": "Db", "d": "D", "dis": "D#", "es": "Eb", "e": "E", "eis": "F",
    "f": "F", "fis": "F#", "ges": "Gb", "g": "G", "gis": "G#", "as": "Ab", "a": "A", "ais": "A#",
    "b": "Bb", "h": "B", "his": "C", "ces": "B",
}  # fmt: skip
_SIGNS = {
    "sharp": "#", "#": "#", "♯": "#", "dièse": "#", "diese": "#", "sostenido": "#", "diesis": "#",
    "sustenido": "#", "flat": "b", "b": "b", "♭": "b", "bémol": "b", "bemol": "b", "bemolle": "b",
}  # fmt: skip
_MODES = {
    "major": "", "maj": "", "majeur": "", "mayor": "", "maggiore": "", "maior": "", "majör": "",
    "mayör": "", "minor": "m", "min": "m", "mineur": "m", "menor": "m", "minore": "m", "minör": "m",
    "majeure": "", "mineure": "m",
}  # fmt: skip
_SEVENTHS = (
    (r"(?:major|maj)[ -]?(?:seventh|7th|7)", "maj7"),
    (r"(?:minor|min|m)[ -]?(?:seventh|7th|7)", "m7"),
    (r"(?:dominant[ -])?(?:seventh|7th|7)", "7"),
    (r"diminished|dim", "dim"),
    (r"augmented|aug", "aug"),
)


def _any(names: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_SIGN = r"(?:[ -]?(?P<s>sharp|flat|#|b|♯|♭)(?![a-z]))?"
_KINDS = "|".join(f"(?P<k{n}>{form})" for n, (form, _) in enumerate(_SEVENTHS))
_CHORD = re.compile(rf"(?P<n>[A-G]){_SIGN}[ -]?(?:{_KINDS})(?!\w)")
_ENGLISH = re.compile(rf"(?P<n>[A-G]){_SIGN}[ -]?(?P<m>(?i:{_any(_MODES)}))(?!\w)")
_LATIN = re.compile(
    rf"(?P<n>{_any(_SOLFEGE)})(?:[ -](?P<s>{_any(_SIGNS)}))?[ -](?P<m>{_any(_MODES)})(?!\w)",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?P<n>[A-G])(?:[ -]?(?P<s>sharp|flat|♯|♭)|(?P<t>[#b]))(?!\w)")
_NORTHERN = re.compile(rf"(?P<n>{_any(_GERMAN)})[ -](?P<m>dur|moll)(?!\w)", re.IGNORECASE)


def at(text: str, place: int) -> tuple[str, int] | None:
    """The key or chord that begins here, as Am or F#, and where it ends."""
    if match := _CHORD.match(text, place):
        kind = next(k for n, (_, k) in enumerate(_SEVENTHS) if match[f"k{n}"])
        return f"{match['n']}{_SIGNS.get(match['s'] or '', '')}{kind}", match.end()
    if match := _NORTHERN.match(text, place):
        return _GERMAN[match["n"].lower()] + _minor(match["m"].lower() == "moll"), match.end()
    for form, names in ((_ENGLISH, {}), (_LATIN, _SOLFEGE)):
        if match := form.match(text, place):
            note = names.get(match["n"].lower(), match["n"].upper())
            sign = _SIGNS.get((match["s"] or "").lower(), "")
            return note + sign + _MODES[match["m"].lower()], match.end()
    if match := _NOTE.match(text, place):
        return match["n"] + _SIGNS[match["s"] or match["t"]], match.end()
    return None


def _minor(is_minor: bool) -> str:
    return "m" if is_minor else ""
