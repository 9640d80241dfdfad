"""Currencies by their names in each language: Swiss francs, Schweizer Franken and CHF are one."""

from __future__ import annotations

import re
from functools import cache

from babel.numbers import get_currency_name

_CODES = (
    "USD EUR GBP JPY CHF CNY INR RUB PLN TRY BRL KRW IDR SEK NOK DKK CZK HUF CAD AUD NZD MXN ZAR "
    "SGD HKD THB VND EGP SAR AED ILS UAH ARS CLP COP PHP MYR RON BGN"
).split()
_COUNTS = (None, 1, 2, 5)  # the numbers that languages have forms for
_SIGNS = {"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "zł": "PLN"}
_OTHERS = {  # names in use that the tables of locales do not have
    "pound sterling": "GBP", "pounds sterling": "GBP", "sterling": "GBP", "euros": "EUR",
    "yen": "JPY", "renminbi": "CNY", "rmb": "CNY", "złoty": "PLN", "zloty": "PLN",
}  # fmt: skip


def currency_at(text: str, place: int, language: str) -> tuple[str, int] | None:
    """The code of the currency that is named here, in the language or in English."""
    for code in dict.fromkeys((language, "en")):
        names = _names(code)
        if match := _form(code).match(text, place):
            return names[match[0].casefold()], match.end()
    return None


@cache
def _names(language: str) -> dict[str, str]:
    """Codes by their names, in small letters."""
    found = {
        get_currency_name(code, count=count, locale=language).casefold(): code
        for code in _CODES
        for count in _COUNTS
    }
    found |= {code.casefold(): code for code in _CODES}
    return found | _OTHERS | _SIGNS


@cache
def _form(language: str) -> re.Pattern[str]:
    names = sorted(map(re.escape, _names(language)), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(names)})(?!\w)", re.IGNORECASE)
