"""LaTeX and markdown -> the same mathematics in one plain line."""

from __future__ import annotations

import re
import unicodedata

from consensus.core.plain import visible

LONGEST = 2_000  # characters that are undone

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_SYMBOLS = {
    "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "∕": "/", "⁄": "/",
    "π": " pi ", "∞": " inf ", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "∈": " in ",
    "√": " sqrt ", "∛": " cbrt ", "′": "'", "∅": "{}", "∖": " \\setminus ", "⟨": "(", "⟩": ")",
    "⌊": " floor(", "⌋": ")", "⌈": " ceil(", "⌉": ")", "、": ", ",
    "\u00a0": " ", "\u202f": " ",
}  # fmt: skip
_COMMANDS = {
    "times": "*", "cdot": "*", "ast": "*", "div": "/", "pi": " pi ", "infty": " inf ", "le": "<=",
    "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">",
    "ne": "!=", "neq": "!=", "approx": "~", "sim": "~", "pm": "±", "mp": "∓", "cup": " ∪ ",
    "cap": " ∩ ", "in": " in ", "bigcup": " ∪ ", "setminus": " ∖ ", "backslash": " ∖ ",
    "cdotp": "*", "bullet": "*", "colon": ":", "simeq": "~", "land": " and ", "lor": " or ",
    "wedge": " and ", "vee": " or ", "lfloor": " floor(", "rfloor": ")", "lceil": " ceil(",
    "rceil": ")", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "textdegree": "°",
    "textdollar": "$", "textpercent": "%", "%": "%", "$": "$", "{": "{", "}": "}", "#": "#",
    "&": "&", "_": "_", "emptyset": "{}", "varnothing": "{}", "degree": "°", "circ": "°",
    "euro": "€", "pounds": "£", "dollar": "$", "quad": " ", "qquad": " ", "left": "", "right": "",
    "big": "", "Big": "", "bigg": "", "displaystyle": "", "textstyle": "", "limits": "", "rm": "",
    "bf": "", "it": "", "cal": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "", "middle": "",
    "hfill": " ", "hspace": " ", "biggl": "", "biggr": "", "Bigg": "", "nonumber": "",
    "ldots": "...", "cdots": "...", "dots": "...", ",": "", "!": "", ";": " ", ":": " ", " ": " ",
    "(": " ", ")": " ", "[": " ", "]": " ", "langle": "(", "rangle": ")", "mid": "|", "vert": "|",
    "lvert": "|", "rvert": "|", "bmod": " mod ",
}  # fmt: skip
_COMMAND = re.compile(r"\\(\\|[A-Za-z]+\*?|[^A-Za-z])")
_WRAPPED = frozenset(
    "text textbf textit textrm textsf texttt mathrm mathbf mathit mathsf mathcal mathbb mbox hbox "
    "operatorname boxed fbox overline underline bar vec hat widehat overrightarrow boldsymbol bm "
    "emph mathop phantom tag".split()
)
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([a-z]*matrix|array|cases)\}(?:\{[^{}]*\})?")
_ALIGNED = re.compile(
    r"\\begin\{((?:align|equation|gather|split|eqnarray|multline)(?:ed|at)?\*?)\}(.*?)\\end\{\1\}",
    re.DOTALL,
)
_TIMES_TEN = re.compile(r"(?<=\d)\s*x\s*(?=10\s?[\^*])")
_DECIMAL_COMMA = re.compile(
    r"(?<![\d.,\[({])(0),(\d{3,})(?![\d,)\]}])"
)  # 0,625 groups no thousands
_REPEATING = re.compile(r"(\d{0,30})\.(\d{0,30})\\(?:overline|bar)\{(\d{1,30})\}")
_GOING_ON = re.compile(r"(\.\d{0,8}?)(\d{1,4}?)\2{2,9}(?:\.\.\.|…|\\[lc]?dots(?![a-z]))")
_DOTTED = re.compile(r"\\dot\{?(\d)\}?(?:(\d{0,28})\\dot\{?(\d)\}?)?")
_DEGREES = re.compile(r"\^\s?(?:\{\s?)?(?:\\circ|\\degree|°|∘)(?:\s?\})?|\\degree|∘")
_CHOICES = re.compile(r"(?<![A-Za-z])\\?(?:mathrm)?\{?C\}?_\{?(\d{1,4})\}?\^\{?(\d{1,4})\}?(?!\w)")
_OVER = re.compile(r"\{([^{}\\]{1,80})\\(over|choose)(?![a-z])([^{}\\]{1,80})\}")
_WHOLE_OVER = re.compile(r"([^\\{}=]*(?:\\sqrt\{[^{}]*\}[^\\{}=]*)*)\\over(?![a-z])([^{}=]{1,80})")
_BASIS = re.compile(
    r"\s*([-+]?)\s*((?:\d+(?:\.\d+)?|\\[dt]?frac\{[^{}]*\}\{[^{}]*\}|\\sqrt\{[^{}]*\})?)\s*"
    r"(?:\\(?:mathbf|hat|vec|boldsymbol|bm)\s*\{?\s*\\?)?([ijk])(?:math)?(?![a-z])\s*\}?"
)
_REALS = re.compile(r"\\(?:mathbb\s?\{?R\}?|R(?![A-Za-z])|mathbf\{R\})(?!\s?\^)")
_SPACE = re.compile(r"(?<!\\)(?:~|\\(?:[,;:! ]|q?quad(?![a-z])))")
_ARRAY = re.compile(
    r"\\left\s?[\[(]\s*(?=\\begin\{(?:array|matrix)\})|"
    r"(?:(?<=\\end\{array\})|(?<=\\end\{matrix\}))\s*\\right\s?[\])]"
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_GROUPED_APART = re.compile(r"(?<=\d),\s*\\!\s*(?=\d{3}(?!\d))")
_LOGARITHM = re.compile(r"\blog(2|10)(?=\s?\()")
_FENCE = re.compile(r"^```\w*\s*|\s*```$")


def plain(text: str) -> str:
    """One line with operators and functions spelt out: \\frac{1}{2} is (1)/(2), √2 is sqrt 2.

    Text that holds no mathematics comes back as it is, but for spaces. Linear in its length.
    """
    text = _FENCE.sub("", visible(text).strip())[:LONGEST]
    text = _GOING_ON.sub(r"\1\\overline{\2}", text)
    text = _LOGARITHM.sub(r"log_\1", text.replace("√[", "\\sqrt["))
    text = text.replace("\\\\", "\\") if _is_escaped_twice(text) else text
    text = _in_basis(text)
    text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    if "\\" in text:
        text = _OVER.sub(_over, _ALIGNED.sub(_last_row, text))
        text = _WHOLE_OVER.sub(r"\\frac{\1}{\2}", text)
        text = _SPACE.sub(
            _space, _GROUPED_APART.sub(",", _REALS.sub(" (-inf,inf) ", _ARRAY.sub("", text)))
        )
    text = _CHOICES.sub(r"\\binom{\1}{\2}", text).replace("ℝ", " (-inf,inf) ")
    text = _RAISED.sub(lambda m: "^(" + m[0].translate(_SUPERSCRIPTS) + ")", text)
    text = unicodedata.normalize("NFKC", "".join(_fraction(c) for c in text))
    for symbol, spelt in _SYMBOLS.items():
        text = text.replace(symbol, spelt)
    text = _TIMES_TEN.sub("*", _DECIMAL_COMMA.sub(r"\1.\2", text.replace("{,}", ",")))
    text = _REPEATING.sub(_repeated, _DOTTED.sub(_dotted, _DEGREES.sub("°", text)))
    text = _undone(_ENVIRONMENT.sub(_environment, text))
    text = _without_dollars(text).replace("**", "^" if _is_power(text) else "")
    return " ".join(text.split())


def _is_escaped_twice(text: str) -> bool:
    r"""Whether a model escaped its backslashes once too often: \\frac, and no line break."""
    return "\\\\" in text and "\\begin" not in text


def _fraction(letter: str) -> str:
    """½ as a mixed number's part, so that 2½ is two and a half."""
    if unicodedata.decomposition(letter).startswith("<fraction>"):
        return " " + unicodedata.normalize("NFKC", letter).replace("⁄", "/")
    return letter


def _repeated(match: re.Match[str]) -> str:
    r"""0.1\overline{6} as a fraction: 15/90."""
    whole, once, again = match[1] or "0", match[2], match[3]
    below = int("9" * len(again) + "0" * len(once))
    return f"({int(whole + once + again) - int(whole + once)}/{below})"


def _dotted(match: re.Match[str]) -> str:
    r"""0.\dot{1}2\dot{3} as 0.\overline{123}."""
    return f"\\overline{{{match[1]}{match[2] or ''}{match[3] or ''}}}"


def _last_row(match: re.Match[str]) -> str:
    """Of a derivation, what it comes to."""
    rows = [row for row in match[2].split("\\\\") if row.strip()] or [""]
    return rows[-1].replace("&", " ")


def _over(match: re.Match[str]) -> str:
    r"""{3 \over 8} as \frac{3}{8}."""
    command = "frac" if match[2] == "over" else "binom"
    return f"\\{command}{{{match[1].strip()}}}{{{match[3].strip()}}}"


def _space(match: re.Match[str]) -> str:
    r"""A thin space groups thousands, as in 1\,000; others keep words apart."""
    return "" if match[0] in ("\\,", "\\!") else " "


def _in_basis(text: str) -> str:
    r"""2\mathbf{i} - 5\mathbf{j} as (2, -5); what holds anything else stays."""
    bare = text.strip().strip("$").strip()
    terms = {m[3]: f"{m[1]}{m[2] or 1}" for m in _BASIS.finditer(bare)}
    if len(terms) < 2 or _BASIS.sub("", bare).strip(" ."):
        return text
    return f"({', '.join(terms.get(letter, '0') for letter in ('ijk' if 'k' in terms else 'ij'))})"


def _is_power(text: str) -> bool:
    """Whether ** stands between operands, as in 2**3, rather than around bold text."""
    return re.search(r"[\w)]\s*\*\*\s*[\w(-]", text) is not None and not text.startswith("**")


def _without_dollars(text: str) -> str:
    """The text without the dollars that quote mathematics; a dollar that is money stays."""
    stripped = text.strip()
    if len(stripped) > 2 and stripped.startswith("$") and stripped.endswith("$"):
        return stripped.strip("$")
    if stripped.count("$") >= 2 and not re.search(r"\$\s*\d[\d,.]*\s+.*\$\s*\d", stripped):
        return stripped.replace("$", " ")
    return text


def _environment(match: re.Match[str]) -> str:
    if match[2] == "cases":
        return " "
    if match[2] == "vmatrix" and match[1] == "begin":
        return " det( "
    return " matrix( " if match[1] == "begin" else " ) "


Brackets = tuple[str, str]
_FRACTIONS = frozenset(["frac", "dfrac", "tfrac", "cfrac"])
_BINOMIALS = frozenset(["binom", "dbinom", "tbinom"])


def _undone(text: str) -> str:
    """Commands and braces written out, from the left; one pass, whatever the nesting."""
    is_latex = "\\" in text
    out: list[str] = []
    awaited: list[Brackets] = []  # how the next brace groups are bracketed
    # Of each open brace: its end, what then awaits, and where it begins.
    outer: list[tuple[str, list[Brackets], int]] = []
    place = 0
    while place < len(text):
        letter = text[place]
        command = _COMMAND.match(text, place) if letter == "\\" else None
        place = command.end() if command else place + 1
        if command:
            awaited = _begun(command[1], out)
            place = _arguments(command[1], text, place, out, awaited)
        elif letter == "{":
            group = awaited.pop(0) if awaited else _braces(text[place - 2 : place - 1])
            out.append(group[0])
            outer.append((group[1], awaited, len(out) - 1))
            awaited = []
        elif letter == "}":
            end, awaited, begun = outer.pop() if outer else ("}", [], len(out))
            if end == "}" and is_latex and begun < len(out) and "," not in out[begun:]:
                out[begun], end = "(", ")"  # a group, since a set of one needs no braces
            out.append(end)
        elif letter != "\\":
            awaited = awaited if letter.isspace() else []
            out.append(letter)
    return "".join(out)


_BARE_ARGUMENTS = re.compile(
    r"\s*(?:(\d|[a-z])|\{([\w+\-*^.]{1,60})\}(?=\s*\w))\s*(?:([0-9a-z])|(?=\{))"
)


def _begun(name: str, out: list[str]) -> list[Brackets]:
    """Write what a command stands for; return how its arguments are to be bracketed."""
    if name in _FRACTIONS:
        # A whole number before a fraction is the whole part of a mixed number.
        out.append(" " if out and out[-1].isdigit() else "")
        return [("((", ")"), ("/(", "))")]
    if name in _BINOMIALS:
        return [(" binom(", ""), (" ; ", ")")]
    if name == "sqrt":
        out.append(" sqrt ")
        return [("(", ")")]
    if name in _WRAPPED:
        return [(" ", " ")]
    out.append(" ; " if name == "\\" else _COMMANDS.get(name.rstrip("*"), f" {name} "))
    return []


def _arguments(name: str, text: str, place: int, out: list[str], awaited: list[Brackets]) -> int:
    r"""Read arguments that stand without braces: \frac12, \sqrt[3]{x}, \left. ; where they end."""
    bare = _BARE_ARGUMENTS.match(text, place) if name in _FRACTIONS or name in _BINOMIALS else None
    if bare:
        over = bare[1] or bare[2]
        out.append(f"(({over})/" if name in _FRACTIONS else f" binom({over} ; ")
        if bare[3]:
            out.append(f"({bare[3]}))" if name in _FRACTIONS else f"{bare[3]})")
            awaited.clear()
        else:
            awaited[:] = [("(", "))") if name in _FRACTIONS else ("", ")")]
        return bare.end()
    if name == "sqrt" and text[place : place + 1] == "[":
        end = text.find("]", place, place + 10)
        if end > 0:
            out[-1] = f" root[{text[place + 1 : end].strip()}]"
            return end + 1
    if name in ("left", "right") and text[place : place + 1] == ".":
        return place + 1
    return place


def _braces(before: str) -> Brackets:
    """Braces of no command group after ^ and _, and are a set elsewhere."""
    return ("(", ")") if before and before in "^_" else ("{", "}")
