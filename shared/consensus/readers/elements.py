"""Chemical elements and isotopes: carbon-14, C-14 and ¹⁴C are one, and so are iron and Fe."""

from __future__ import annotations

import re

# In the order of their atomic numbers.
_SYMBOLS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se "
    "Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb "
    "Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm "
    "Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
).split()
_NAMES = (
    "hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium "
    "aluminum silicon phosphorus sulfur chlorine argon potassium calcium scandium titanium "
    "vanadium chromium manganese iron cobalt nickel copper zinc gallium germanium arsenic selenium "
    "bromine krypton rubidium strontium yttrium zirconium niobium molybdenum technetium ruthenium "
    "rhodium palladium silver cadmium indium tin antimony tellurium iodine xenon cesium barium "
    "lanthanum cerium praseodymium neodymium promethium samarium europium gadolinium terbium "
    "dysprosium holmium erbium thulium ytterbium lutetium hafnium tantalum tungsten rhenium osmium "
    "iridium platinum gold mercury thallium lead bismuth polonium astatine radon francium radium "
    "actinium thorium protactinium uranium neptunium plutonium americium curium berkelium "
    "californium einsteinium fermium mendelevium nobelium lawrencium rutherfordium dubnium "
    "seaborgium bohrium hassium meitnerium darmstadtium roentgenium copernicium nihonium flerovium "
    "moscovium livermorium tennessine oganesson"
).split()
_OTHER_SPELLINGS = {"aluminium": "Al", "sulphur": "S", "caesium": "Cs"}
_BY_NAME = dict(zip(_NAMES, _SYMBOLS, strict=True)) | _OTHER_SPELLINGS
_ELEMENT = "|".join(sorted((*_BY_NAME, *_SYMBOLS), key=len, reverse=True))
_ISOTOPE = re.compile(rf"(?P<e>{_ELEMENT})[ -]?(?P<n>\d{{1,3}})(?!\w)", re.IGNORECASE)
_LED_ISOTOPE = re.compile(rf"\^?\{{?(?P<n>\d{{1,3}})\}}?(?P<e>{'|'.join(_SYMBOLS)})(?![\w-])")
_NAME = "|".join(sorted(_BY_NAME, key=len, reverse=True))
_WORDS = frozenset("He In As At No Be Am Es La Se Si Do Al I".split())  # in some language
_SIGN = re.compile(rf"(?:{'|'.join(sorted(_SYMBOLS, key=len, reverse=True))})(?![\w'’+-])")
_ALONE = re.compile(rf"(?:{_NAME})(?!\w)", re.IGNORECASE)


def isotope_at(text: str, place: int) -> tuple[str, int] | None:
    """The isotope that begins here, as C-14, and where it ends."""
    match = _LED_ISOTOPE.match(text, place) or _ISOTOPE.match(text, place)
    if match is None:
        return None
    element = match["e"]
    symbol = _BY_NAME.get(element.lower(), element)
    return (f"{symbol}-{match['n']}", match.end()) if symbol in _SYMBOLS else None


def element_at(text: str, place: int) -> tuple[str, int] | None:
    """The symbol of the element whose name begins here, or that stands here, and where it ends."""
    sign = _SIGN.match(text, place)
    if sign:
        goes_on = text[sign.end() : sign.end() + 2].strip().isalpha()
        is_word = goes_on and (sign[0] in _WORDS or not place)
        is_word |= sign[0] == "No" and text[sign.end() :].startswith(",")  # No, it is CO
        return None if is_word else (sign[0], sign.end())
    match = _ALONE.match(text, place)
    return (_BY_NAME[match[0].lower()], match.end()) if match else None
