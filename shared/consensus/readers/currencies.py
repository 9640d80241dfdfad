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
_SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "zł": "PLN",
    "r$": "BRL", "us$": "USD", "a$": "AUD", "c$": "CAD", "hk$": "HKD", "kč": "CZK", "₪": "ILS",
    "฿": "THB", "₫": "VND", "₴": "UAH", "₱": "PHP", "元": "CNY", "円": "JPY", "원": "KRW",
}  # fmt: skip
_OWN_YEN = {"zh": "CNY", "ja": "JPY", "en": "JPY"}  # ¥ in each language
_OTHERS = {  # names in use that the tables of locales do not have
    "pound sterling": "GBP", "pounds sterling": "GBP", "sterling": "GBP", "euros": "EUR",
    "人民币元": "CNY", "人民币": "CNY", "人民幣": "CNY", "日元": "JPY", "reais": "BRL",
    "real": "BRL",
    "real brasileiro": "BRL", "zlotys": "PLN", "złote": "PLN", "złotych": "PLN", "rubli": "RUB",
    "рубли": "RUB", "рублей": "RUB", "рубль": "RUB", "rubles": "RUB", "roubles": "RUB",
    "rupiah": "IDR", "yuan": "CNY", "won": "KRW", "forint": "HUF", "baht": "THB", "euro": "EUR",
    "евро": "EUR", "ユーロ": "EUR", "欧元": "EUR", "유로": "EUR", "yuans": "CNY", "shekel": "ILS",
    "yen": "JPY", "renminbi": "CNY", "rmb": "CNY", "złoty": "PLN", "zloty": "PLN",
}  # fmt: skip


def currency_at(text: str, place: int, language: str) -> tuple[str, int] | None:
    """The code of the currency that is named here, in the language or in English."""
    if text[place] in "¥￥" and language in _OWN_YEN:
        return _OWN_YEN[language], place + 1
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
    ends = "" if language in ("zh", "ja", "ko") else r"(?!\w)"
    return re.compile(rf"(?:{'|'.join(names)}){ends}", re.IGNORECASE)
