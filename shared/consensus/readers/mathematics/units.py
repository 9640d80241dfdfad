"""Units of measure and money: what 5 km/h is of, and how many of the base unit."""

from __future__ import annotations

import re
from fractions import Fraction

from consensus.core.values import BARE, Unit

LONGEST = 60  # characters of a unit

# dimension: unit = how many of the base unit. A plural s is understood.
_TABLE = """
length: nm=1e-9 um=1e-6 micron=1e-6 mm=.001 cm=.01 dm=.1 m=1 km=1000 nanometer=1e-9 micrometer=1e-6
  millimeter=.001 centimeter=.01 meter=1 kilometer=1000 inch=.0254 inches=.0254 in=.0254 foot=.3048
  feet=.3048 ft=.3048 yard=.9144 yd=.9144 mile=1609.344 mi=1609.344
mass: mcg=1e-9 ug=1e-9 mg=1e-6 g=.001 kg=1 microgram=1e-9 milligram=1e-6 gram=.001 kilogram=1
  megagram=1000 ton=1000 tonne=1000 lb=.45359237 pound=.45359237 ounce=.028349523125
  oz=.028349523125
time: ns=1e-9 usec=1e-6 ms=.001 s=1 sec=1 second=1 min=60 minute=60 h=3600 hr=3600 hour=3600
  day=86400 week=604800 fortnight=1209600 millisecond=.001
month: month=1 year=12 yr=12 decade=120 century=1200 centuries=1200
volume: ml=.001 ul=1e-6 cl=.01 dl=.1 l=1 liter=1 milliliter=.001 microliter=1e-6 centiliter=.01
  deciliter=.1 hl=100 hectoliter=100 gallon=3.785411784 pint=.473176473
  quart=.946352946
temperature: kelvin=1 °c=1 celsius=1 °f=5/9 fahrenheit=5/9
angle: °=.017453292519943295 degree=.017453292519943295 deg=.017453292519943295 rad=1 radian=1
energy: j=1 kj=1000 joule=1 kilojoule=1000 millijoule=.001 megajoule=1000000 cal=4.184
  kcal=4184 calorie=4.184 kwh=3600000 wh=3600 ev=1.602176634e-19
  electronvolt=1.602176634e-19
power: w=1 kw=1000 mw=1000000 watt=1 kilowatt=1000 megawatt=1000000 milliwatt=.001
length^2: hectare=10000 ha=10000 acre=4046.8564224
force: n=1 kn=1000 newton=1
pressure: pa=1 hpa=100 kpa=1000 mpa=1000000 pascal=1 millipascal=.001 hectopascal=100
  kilopascal=1000 bar=100000 mbar=100 millibar=100 atm=101325 mmhg=133.322387415
voltage: v=1 volt=1 mv=.001 kv=1000 millivolt=.001 kilovolt=1000 megavolt=1000000
resistance: ohm=1 ω=1 omega=1 kohm=1000 kω=1000 kilohm=1000 kiloohm=1000 megohm=1000000
current: a=1 amp=1 ampere=1 ma=.001 milliampere=.001 milliamp=.001 ua=1e-6 microamp=1e-6
  microampere=1e-6
charge: coulomb=1 mah=3.6 ah=3600
capacitance: farad=1 uf=1e-6 nf=1e-9 pf=1e-12 microfarad=1e-6 nanofarad=1e-9 picofarad=1e-12
inductance: henry=1 henries=1 millihenry=.001 microhenry=1e-6
induction: tesla=1 millitesla=.001 gauss=1e-4
activity: becquerel=1 bq=1 kilobecquerel=1000 kbq=1000
dose: sievert=1 sv=1 millisievert=.001 msv=.001 microsievert=1e-6 usv=1e-6
illuminance: lux=1 lx=1
sound: db=1 decibel=1
frequency: hz=1 khz=1000 mhz=1000000 ghz=1000000000 hertz=1 kilohertz=1000
  millihertz=.001 megahertz=1000000 gigahertz=1000000000
data: bit=1 kilobit=1000 megabit=1000000 gigabit=1000000000 kbit=1000 mbit=1000000
  gbit=1000000000 byte=8 kb=8000 mb=8000000 gb=8000000000 tb=8000000000000
  kib=8192 mib=8388608 gib=8589934592 kibibyte=8192 mebibyte=8388608 gibibyte=8589934592
  kilobyte=8000 megabyte=8000000 gigabyte=8000000000 terabyte=8000000000000
amount: mol=1 mole=1 mmol=.001
dollar: $=1 us$=1 usd=1 dollar=1 buck=1 cent=.01 ¢=.01
euro: €=1 eur=1 euro=1
sterling: £=1 gbp=1 quid=1 pence=.01 penny=.01
yen: ¥=1 jpy=1 yen=1
rupee: ₹=1 inr=1 rupee=1
aud: aud=1
cad: cad=1
nzd: nzd=1
hkd: hkd=1
sgd: sgd=1
twd: twd=1
mxn: mxn=1
egp: egp=1
sek: sek=1
nok: nok=1
dkk: dkk=1
isk: isk=1
ars: ars=1
clp: clp=1
"""
_UNITS: dict[str, tuple[str, Fraction]] = {}
for _line in _TABLE.replace("\n  ", " ").strip().splitlines():
    _dimension, _, _entries = _line.partition(": ")
    for _entry in _entries.split():
        _name, _, _factor = _entry.rpartition("=")
        _UNITS[_name] = (_dimension, Fraction(_factor))

# Any of these before a unit's full name: kiloohm, microfarads.
_PREFIXES = {
    "peta": 15, "tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2, "milli": -3, "micro": -6,
    "nano": -9, "pico": -12,
}  # fmt: skip
_PREFIXED = re.compile(
    rf"({'|'.join(_PREFIXES)})((?:meter|gram|second|liter|joule|watt|newton|pascal|bar|volt|ohm|amp|"
    r"ampere|coulomb|farad|henry|tesla|becquerel|sievert|hertz|mole|bit|byte|electronvolt)s?|henries)"
)

_ZEROS = {
    **dict.fromkeys(("°c", "celsius", "degree celsius", "degrees celsius"), Fraction("273.15")),
    **dict.fromkeys(
        ("°f", "fahrenheit", "degree fahrenheit", "degrees fahrenheit"), Fraction("459.67") * 5 / 9
    ),
}  # where the scales of temperature begin, in kelvin
_VARIABLES = frozenset("knvajw")  # letters that are more often a variable than a unit
_PIECE = re.compile(
    r"\s*(?P<joint>/|\bper\b|\bfor (?:each|every)\b|\*)?\s*"
    r"(?P<raised>(?:square|cubic|sq|cu)\b\.?)?\s*(?P<name>us\$|°[cf]?|[$€£¥₹¢]|[^\W\d_]+)\.?"
    r"(?:(?:\s?\^\s?)?\(?(?P<power>-?[123])\)?)?"
)
_FILLERS = frozenset("of a an the and in about are is were total".split())
_ALIKE = {"remaining": "left", "remain": "left", "remains": "left"}
_SPELT = {
    "mph": "mile/h",
    "kph": "km/h",
    "kmh": "km/h",
    "kmph": "km/h",
    "mps": "m/s",
    "fps": "ft/s",
}


# Signs that only their letters' case tells from another unit's, once the text is folded.
_BY_CASE = {
    "Mb": "megabit",
    "Gb": "gigabit",
    "Mbps": "megabit/s",
    "MBps": "megabyte/s",
    "Gbps": "gigabit/s",
    "kbps": "kilobit/s",
    "Kbps": "kilobit/s",
}
_OF_SIGN = {
    "m": "meter", "g": "gram", "s": "second", "L": "liter", "l": "liter", "W": "watt", "J": "joule",
    "Pa": "pascal", "V": "volt", "A": "ampere", "N": "newton", "Hz": "hertz", "Ω": "ohm",
    "\u2126": "ohm", "F": "farad", "H": "henry", "C": "coulomb", "T": "tesla", "Bq": "becquerel",
    "Sv": "sievert", "eV": "electronvolt", "mol": "mole",
}  # fmt: skip
_OF_PREFIX = {"m": "milli", "M": "mega", "p": "pico", "P": "peta"}
_NONE = {"pm", "PS", "Ps", "MT", "Ml", "pl", "Pl"}  # what is written so for other things
_BY_CASE |= {
    f"{prefix}{sign}": f"{name}{unit}"
    for prefix, name in _OF_PREFIX.items()
    for sign, unit in _OF_SIGN.items()
    if f"{prefix}{sign}" not in _NONE
}
_CASED = re.compile(
    rf"(?<=\d)\s?({'|'.join(sorted(_BY_CASE, key=len, reverse=True))})(?![\w^²³*·])"
)
_MICROSECONDS = re.compile(r"µs(?![a-z])")
PERCENT = Unit("share", Fraction(1, 100))


def with_names(text: str) -> str:
    """The text with the names of units that folding would take for others: 10 mW is not 10 MW."""
    return _CASED.sub(lambda match: f" {_BY_CASE[match[1]]}", text)


def parse(text: str) -> Unit | None:
    """The unit that a folded text names; None where it is no unit but something else."""
    text = _spelt_out(_MICROSECONDS.sub("usec", text.strip().replace("μ", "µ")).replace("µ", "u"))
    if not text:
        return BARE
    if len(text) > LONGEST:
        return None
    powers: dict[str, int] = {}
    factor, counted, place, sign = Fraction(1), set[str](), 0, 1
    while place < len(text):
        piece = _PIECE.match(text, place)
        if piece is None:
            return None
        place = piece.end()
        sign = {"*": 1, None: sign}.get(piece["joint"], -1)
        name = piece["name"]
        power = sign * int(piece["power"] or (_raised(piece["raised"])))
        is_word = name == "in" and " " in text and not (piece["raised"] or "/" in text)
        known = None if is_word else _known(name)  # 28 pieces in a set
        if known:
            powers[known[0]] = powers.get(known[0], 0) + power
            factor *= known[1] ** power
        elif name not in _FILLERS:
            counted.add(_ALIKE.get(name) or _singular(name))
    offset = _ZEROS.get(text, Fraction(0)) if powers == {"temperature": 1} else Fraction(0)
    return Unit(_written(powers), factor, frozenset(counted), offset)


def _spelt_out(text: str) -> str:
    return (
        _SPELT.get(text, text)
        .replace("degrees c", "°c")
        .replace("degrees f", "°f")
        .replace("° ", "°")
        .replace("°celsius", "°c")
        .replace("°fahrenheit", "°f")
    )


def _known(name: str) -> tuple[str, Fraction] | None:
    if name in _VARIABLES:
        return None
    metre = name.replace("metre", "meter").replace("litre", "liter")
    known = _UNITS.get(metre) or _UNITS.get(metre.removesuffix("s"))
    if known is None and (match := _PREFIXED.fullmatch(metre)):
        of_base = _known(match[2])
        power = Fraction(10) ** _PREFIXES[match[1]]
        return (of_base[0], of_base[1] * power) if of_base else None
    return known


def _raised(word: str | None) -> int:
    return {"sq": 2, "cu": 3}.get((word or "")[:2], 1)


def _written(powers: dict[str, int]) -> str:
    # A litre is a cubic decimetre, but answers seldom mix the two.
    told = "*".join(f"{d}^{p}" if p != 1 else d for d, p in sorted(powers.items()) if p)
    return told or ("ratio" if powers else "")  # 5 mg/kg


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
