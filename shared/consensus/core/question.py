"""What a question says about its answers: the options it lists, the form it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

LONGEST = 20_000  # characters of a question that are looked at, from its end: options come last

# Options are lettered a, b, c in each script's own order, or numbered.
_ALPHABETS = (
    "abcdefghij",
    "абвгдежзик",
    "أبجدهوزحطي",
    "123456789",
    "アイウエオカキクケコ",
    "가나다라마바사",
    "①②③④⑤⑥⑦⑧⑨",
    "कखगघङच",
)
_MARKERS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\(([A-Ja-j])\)",  # (A) Paris
        r"\[([A-J])\]",
        r"(?<![\w(])([A-Ja-j])\)(?=\s|\w)",  # A) Paris
        r"(?:(?<=[\n;,?:？。：])|^)[ \t]*\**([A-J])[.:]\**\s",  # a line each: A. Paris
        r"(?<=[\s?？。：])([A-J])[.:]\s",  # A. Paris B. Lyon
        r"(?<=\n)[ \t]*([a-j])[.:]\s",
        r"(?<=\s)([A-J])/\s",
        r"Option ([A-J])\b[.:)]?",
        r"['\"]([A-J])['\"]\s*:\s*(?=['\"])",  # {'A': 'Paris', 'B': 'Lyon'}
        r"(?<![A-Za-z])([A-J])[、．：]",
        r"(?:(?<=[\n;:])|^)[ \t]*\(?([А-Иа-иأبجدهوزحطي])[).]\s",  # a line each: А) Париж
        r"(?<=\s)\(?([А-Иа-иأبجدهوزحطي])\)\s",
        r"(?:(?<=[\n;:。？])|^)[ \t]*\(?([アイウエオカキ가나다라마])[ \t.．、):：]\s*(?=\S)",
        r"(?<=[\s。？：:])([アイウエオカキクケコ])[\s.．、)）:：](?=\S)",  # ア　イルカ　イ　サメ
        r"([①-⑨])\s*(?=\S)",
        r"[(（]([कखगघङच])[)）]",
        r"(?<=\s)([कखगघङच])[).]\s",
    )
)
# Weaker marks, which may be of something else: they count for three options or more that end it.
_LAST_MARKERS = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^([A-J])[ \t]+(?=\S)",
        r"^[ \t]*\(?([1-9])[.)][ \t]+(?=\S)",
    )
)
# In a row after a question that asks which: "Which is a planet? 1) Moon 2) Mars 3) Sun".
_IN_A_ROW = re.compile(r"(?<=[\s。？?])\(?([1-9])[.)．][ \t]?(?=[^\s\d]|\d+\s|\d+$)")
# The same where no mark follows the number: どれですか。1 月 2 火星 3 太陽
_NUMBERED_WORDS = re.compile(
    r"(?<=[\s。？?])([1-9])[ \u3000](?=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af])"
)
# A letter each, and no mark: put in order: A Renaissance, B Iron Age, C Industrial Revolution
_LETTERED_WORDS = re.compile(r"(?<=[:：,;?]\s)([A-J])\s(?=\w{2})")
# What a sentence leaves open before its options: a good of this kind is (1) normal (2) inferior
_LEAVES_OPEN = re.compile(r"\b(?:is|are|was|were|be|called|means|by|as)\s*$")
# A code for each answer: "Answer 1 for yes and 0 for no."
_CODED = re.compile(
    r"(?<![\w.])[\"'“]?([0-9A-Z])[\"'”]?\s(?:for|if|means|stands for|=|für|pour|para|per|als)\s"
    r"[\"'“]?((?:(?!and |or |und |et |y )[\w-]+\s?){1,3}?)[\"'”]?"
    r"(?=[.,;)]|$|\s(?:and|or|und|et|y|e|otherwise|,)\s)"
)
_ANSWER_BY = re.compile(
    r"\b(?:answer|reply|respond|return|output|write|use|say|label|code|antworte|réponds|responde|"
    r"rispondi)\w*\b[^.?!]{0,40}$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\border\b|\bsequence\b|\barrange|\brank\b|\bsort\b|chronolog|reihenfolge|\bordne|\borden\w*|"
    r"\bordre\b|\bordine\b|\bordina\b|\bordem\b|volgorde|kolejno|порядк|順番|順序|順に|顺序|排序|순서|"
    r"\bsırala|\burut",
    re.IGNORECASE,
)
_ASKS_FOR_ONE = re.compile(
    r"\b(?:which|choose|select|pick|welche[rsnm]?|wähle|quels?|quelles?|choisis\w*|cuál|cuáles|elige|"
    r"elija|quale|quali|scegli|qual|quais|escolha|welke?|kies|któr\w+|wybierz|какой|какая|какое|какие|"
    r"выбер\w+|hangi\w*|seç\w*|manakah|pilih\w*|कौन|चुन\w*|"
    r"أي|اختر)\b[^.!]*[?.]?\s*(?:select all[^.]*\.\s*)?$|"
    r"(?:どれ|どの|選|选|哪|어느|고르)[^。]*[。？?]?\s*$",
    re.IGNORECASE,
)
_LONGEST_ASKING = 400  # characters before a row of options that ask for one of them
_LONGEST_OPTION = 120  # characters of an option under a weaker mark
_CHOOSES = re.compile(
    r"[?？؟:]\s*$|\b(?:which|choose|select|following)\b|どれ|どの|選|选|哪|어느|고르", re.IGNORECASE
)
_CODE_LINE = re.compile(
    r"[ \t]*(?:def \w+\(|class \w+[:(]|import \w+$|from \w+ import|for \w+ in .{1,80}:$|return \w|"
    r"#include\b|(?:pub )?fn \w+\(|public (?:static|class)\b|func \w+\(|"
    r"(?:if|elif|else|for|while|try|switch)\b.{0,80}[:{]$|"
    r"(?:int|let|const|var|double|float|String|char|auto) \w+ ?=|\w{1,40} ?[-+*]= ?\w)"
)
_CODE = re.compile(
    r"```|>>>|\bassert f?\b.{0,200}==|\bprint(?:f|ln!?)? ?\(|console\.log\(|System\.out\b|\) ?=> ?|"
    r"\b(?:cout|cerr) ?<<|\w\([^()\n]{0,200}\) ?==|\blambda \w+|SELECT\b.{1,200}\bFROM\b|"
    r"\[PYTHON\]|`[^`\n]{0,100}\w\([^`\n]{0,100}`|`[^`\n]{0,100}['\"\[][^`\n]{0,100}`"
)
_LANGUAGE = re.compile(
    r"\b(?:python|java|javascript|typescript|c\+\+|c#|rust|golang|ruby|php|haskell|perl|kotlin|swift|"
    r"bash|shell|sql|lisp|node\.js)(?![\w-])",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"\b(?:outputs?|print(?:ed|s)?|returns?|evaluates?|result|logged|logs|value|expression)\b",
    re.IGNORECASE,
)
_SNIPPET = re.compile(
    r"\w\([^()\n]{0,200}\)|\w\[[^\[\]\n]{1,80}\]|\[[^\[\]\n]{1,80}\]|`[^`\n]{1,200}`|[{};]"
)
_YES_NO_WORD = re.compile(
    r"\b(?:yes[/ ](?:or )?no|true[/ ](?:or )?false|yes or no|true or false|oui ou (?:par )?non|"
    r"vrai ou faux|s[ií] o no|verdadero o falso|sim ou não|verdadeiro ou falso|ja oder nein|"
    r"(?:wahr|richtig) oder falsch|sì o no|vero o falso|ja of nee|waar of niet waar|"
    r"tak (?:lub|albo|czy) nie|да или нет|верно или неверно|evet (?:veya|ya da|mi) hayır|"
    r"doğru (?:mu|veya|ya da) yanlış|ya atau tidak|benar atau salah|نعم أ[وم] لا)\b|"
    r"हाँ या नहीं|صحيحة? أم خاطئة?|صح أم خطأ|判断对错|判断正误|正誤|"
    r"是或否|是还是否|对还是错|はいか|はいまたは|예 또는 아니[요오]",
    re.IGNORECASE,
)
# not (True and False) is
_TRUTHS = re.compile(
    r"[\s(]*(?:(?:not|true|false|and|or|xor|is)[\s()]*){2,200}[\s=?:]*", re.IGNORECASE
)
_AUXILIARY = re.compile(
    # German "was" asks what
    r"(?:is|are|was(?! (?:ist|sind|war|waren|hat|haben|macht|bedeutet|kostet|passiert|wird)\b)|"
    r"were|am|does|do|did|can|could|will|would|shall|has|have|had|may|might|must|isn't|aren't|wasn't|doesn't|don't|didn't|can't|won't)\b[^?]*\?$",
    re.IGNORECASE,
)
_ASKS_WHICH = re.compile(r",\s*(?:which|who|what|where|when|why|how)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\d))+[.!?]?")
_PERCENT = re.compile(
    r"\b(?:what|which|how many|find the|calculate the|in|as a)\s+(?:[a-z]+\s+){0,2}?"
    r"percent(?:age)?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def listed_options(question: str) -> Mapping[str, str]:
    """The options "A) ... B) ..." by lower-case letter; none unless they run a, b, ... alike."""
    text = question[-LONGEST:]
    runs = [run for pattern in _MARKERS if len(run := _run(pattern, text)) > 1]
    runs = runs or [run for p in _LAST_MARKERS if _ends_question(run := _run(p, text), text)]
    row = _run(_IN_A_ROW, text) if not runs else []
    row = row or (_run(_NUMBERED_WORDS, text) if not runs else [])
    asking = text[max(0, row[0][0] - _LONGEST_ASKING) : row[0][0]] if row else ""
    if len(row) > 1 and _ASKS_FOR_ONE.search(asking):
        runs = [row]
    if len(row) > 2 and _LEAVES_OPEN.search(asking) and "?" not in text[row[0][0] :]:
        runs = [row]
    lettered = _run(_LETTERED_WORDS, text) if not runs else []
    if len(lettered) > 2 and text[lettered[0][0] - 2] in ":：?":
        runs = [lettered]
    if not runs:
        return MappingProxyType(_coded(text))
    run = max(runs, key=len)
    ends = [start for start, _, _ in run[1:]] + [_last_end(text, run[-1][1])]
    return MappingProxyType(
        {
            letter: text[begins:end].strip(" \t\r\n,;'\"*}")
            for (_, begins, letter), end in zip(run, ends, strict=True)
        }
    )


def asks_for_order(question: str) -> bool:
    """Whether the order of what answers it is a part of the answer."""
    return _ORDER.search(question[-LONGEST:]) is not None


def _coded(text: str) -> dict[str, str]:
    """What stands for each answer: 1 for yes and 0 for no."""
    found = list(_CODED.finditer(text))
    if len(found) < 2 or not _ANSWER_BY.search(text[: found[0].start()]):
        return {}
    codes = {match[1].casefold(): match[2].strip() for match in found}
    return codes if len(codes) == len(found) else {}


def _ends_question(run: Sequence[tuple[int, int, str]], text: str) -> bool:
    """Whether short options, a line each, are the last that a question says."""
    if len(run) < 3 or not _CHOOSES.search(text[: run[0][0]]):
        return False
    lines = text[run[0][0] :].strip().splitlines()
    return len(lines) <= len(run) + 2 and max(map(len, lines)) <= _LONGEST_OPTION


def _run(pattern: re.Pattern[str], text: str) -> list[tuple[int, int, str]]:
    """The longest last a, b, c, ... that the marker makes.

    Each as where its marker starts, where its option does, and its letter.
    """
    run: list[tuple[int, int, str]] = []
    best: list[tuple[int, int, str]] = []
    for match in pattern.finditer(text):
        letter = match[1].casefold()
        alphabet = next((a for a in _ALPHABETS if letter in a), "")
        if letter == alphabet[:1] or (run and run[0][2] not in alphabet):
            run = []
        if letter == alphabet[len(run) : len(run) + 1]:
            run = [*run, (match.start(), match.end(), letter)]
            best = run if len(run) >= min(2, len(best)) else best
    return best


def _last_end(text: str, start: int) -> int:
    """Where the last option ends: at its line's end."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


@lru_cache(maxsize=256)
def is_about_code(question: str) -> bool:
    """Whether the question shows code, so that its answers are read as literal values."""
    text = question[:LONGEST]
    if _CODE.search(text) or any(_CODE_LINE.match(line) for line in text.splitlines()):
        return True
    told = _LANGUAGE.search(text) and _RUNS.search(text) and _SNIPPET.search(text)
    return told is not None


@lru_cache(maxsize=256)
def is_yes_or_no(question: str) -> bool:
    """Whether the question is answered by yes or no."""
    text = question[-LONGEST:].strip()
    if _YES_NO_WORD.search(text) or _is_of_truths(text):
        return True
    asked = asking_sentence(text)
    asks_which = " or " in asked.casefold() or _ASKS_WHICH.search(asked)
    return _AUXILIARY.match(asked) is not None and not asks_which


def _is_of_truths(text: str) -> bool:
    """Whether a text is an expression of truth values and nothing else."""
    return re.search(r"true|false", text, re.IGNORECASE) is not None and (
        _TRUTHS.fullmatch(text) is not None
    )


@lru_cache(maxsize=256)
def asks_for_percent(question: str) -> bool:
    """Whether a bare number answers it in percent."""
    return _PERCENT.search(question[-LONGEST:]) is not None


def asking_sentence(text: str) -> str:
    """The last sentence that ends in a question mark; the last one where none does."""
    sentences = [s for found in _SENTENCE.findall(text) if (s := found.strip())]
    asking = [s for s in sentences if s.endswith("?")]
    last: str = (asking or sentences or [""])[-1]
    return last
