"""Currencies by their names in each language: Swiss francs, Schweizer Franken and CHF are one."""

from __future__ import annotations

import re
from functools import cache, partial

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

# Money whose sign other money has, too, by its own signs: A$5 is no US$5.
_OF_SHARED_SIGN = {
    "AUD": r"AU?\$", "CAD": r"CA?\$", "NZD": r"NZ\$", "HKD": r"HK\$", "SGD": r"SG?\$",
    "TWD": r"NT\$", "MXN": r"Mex\$|MX\$", "CNY": r"CN¥", "JPY": r"JP¥", "EGP": r"E£|EGP",
    "SEK": r"SEK", "NOK": r"NOK", "DKK": r"DKK", "ISK": r"ISK", "ARS": r"AR\$", "CLP": r"CLP\$",
}  # fmt: skip
_DOLLARS = frozenset(code for code, signs in _OF_SHARED_SIGN.items() if "$" in signs)
_SIGNED = re.compile(
    r"(?<!\w)(?:"
    + "|".join(f"(?P<{code}>{signs})" for code, signs in _OF_SHARED_SIGN.items())
    + r")\s?(?=\d)"
)


_DOLLAR = re.compile(r"(?<![A-Za-z])\$\s?(?=\d)")


def with_codes(text: str, language: str, question: str = "") -> str:
    """The text with codes for money that shares its sign or name: AUD 5, 5 AUD.

    A dollar is one of those that the question asks for, where it names one kind of them.
    """
    if "$" in text:
        told = _coded(question, language)
        asked = {code for code in _DOLLARS if re.search(rf"\b{code}\b", told)}
        if len(asked) == 1 and "US" not in told:
            text = _DOLLAR.sub(f"{asked.pop()} ", text)
    return _coded(text, language)


def _coded(text: str, language: str) -> str:
    text = _SIGNED.sub(lambda match: f"{match.lastgroup} ", text)
    for code in dict.fromkeys((language, "en")):
        text = _after_figures(code).sub(partial(_code_of, code), text)
    return text


def _code_of(language: str, match: re.Match[str]) -> str:
    return _names_of_shared(language)[match[0].casefold()]


@cache
def _names_of_shared(language: str) -> dict[str, str]:
    """The codes of such money by its names of several words, which alone tell it from others."""
    return {
        name: code
        for code in _OF_SHARED_SIGN
        for count in _COUNTS
        if " " in (name := get_currency_name(code, count=count, locale=language).casefold())
    }


@cache
def _after_figures(language: str) -> re.Pattern[str]:
    names = sorted(map(re.escape, _names_of_shared(language)), key=len, reverse=True)
    return re.compile(rf"(?<=\w\s)(?:{'|'.join(names) or '(?!)'})(?!\w)", re.IGNORECASE)


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
