"""What kind of answer a question asks for, and how hard it looks, by its words alone.

Patterns over the question's language and form, English first, tried in the order of `_RULES`. Each
takes time linear in the length of the text, which is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from consensus.core.model import Complexity
from consensus.core.question import is_about_code, is_yes_or_no, listed_options

READ = 5_000  # characters of a prompt that the rules look at, from its start and its end


class Kind(StrEnum):
    """What a prompt asks for."""

    JSON = "JSON"
    OPTION = "one of the listed options"
    YES_NO = "yes or no"
    NUMBER = "a number"
    LETTERS = "words or letters put in another form"
    CODE = "a value that code gives, or code"
    TRANSLATION = "a translation"
    FACT = "a short fact"
    TEXT = "a text"


def kind_of(question: str) -> Kind:
    """What kind of answer a question expects."""
    text = question.strip()
    if len(text) > 2 * READ:
        text = f"{text[:READ]}\n{text[-READ:]}"
    lower = text.lower()
    return next((kind for kind, fits in _RULES if fits(text, lower)), Kind.TEXT)


def complexity_of(question: str) -> Complexity:
    """How hard a question looks: its length, and words that speak of several steps."""
    steps = {match.group() for match in _SEVERAL_STEPS.finditer(question[:READ].lower())}
    score = len(question) / 400 + len(steps) / 2
    if score < 0.5:
        return Complexity.LOW
    return Complexity.MEDIUM if score < 2 else Complexity.HIGH


def _any_of(*patterns: str) -> re.Pattern[str]:
    """For text in lower case: telling cases apart as they are read costs three times as much."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_LANGUAGES = (
    "arabic bengali chinese czech danish dutch english finnish french german greek hebrew hindi "
    "hungarian indonesian italian japanese korean latin mandarin norwegian persian polish "
    "portuguese romanian russian spanish swahili swedish thai turkish ukrainian urdu vietnamese"
)
_LANGUAGE = "(?:" + "|".join(_LANGUAGES.split()) + ")"
_TRANSLATION = _any_of(
    r"^\W*(?:please |can you |could you |kindly )?(?:translate|render)\b(?![^\n]{0,40}\bas a\b)",
    rf"\btranslat(?:e|ion)\b[^\n]{{0,40}}\bfrom {_LANGUAGE}\b",
    rf"(?<!from the )(?<!after the )(?<!of the )\b{_LANGUAGE} (?:translation|(?:word|term) for)\b",
    rf"^{_LANGUAGE} to {_LANGUAGE}\b",
    rf"^{_LANGUAGE}: .{{1,2000}}\n{_LANGUAGE}:\s*$",
    r"翻译|翻譯|译成|译为|譯成|訳し|訳せ|翻訳|和訳|英訳|перевед|перевест|ترجم|अनुवाद|번역",
    r"^\W*(?:tradu(?:is|isez|ce|zca|zir|za|ci|cir|ire|zca)|übersetze|vertaal|przetłumacz|çevir|"
    r"terjemahkan|dịch)\b",
    rf"\btranslat(?:e|ion)\b[^\n]{{0,80}}\b(?:in)?to {_LANGUAGE}\b",
    rf"\b(?:in)?to {_LANGUAGE}\s*:",
    rf"\bhow (?:do|would) (?:you|i|we) say\b[^\n]*\bin {_LANGUAGE}\b",
)
_GENRE = (
    "(?:essay|stor(?:y|ies)|poem|haiku|song|letter|e-?mail|article|blog|post|speech|review|report|"
    "summary|paragraphs?|dialogue|script|sentences|words|pages|memo|diary|composition|monologue|"
    "sonnet|limerick|narrative|response|reflection|opinion|about)"
)
# What is to be written is a text, whatever numbers, options or code it may be about.
_WRITING = _any_of(
    r"(?:^|[.!?:\n,]\s*|\b(?:to|you|and) )\W{0,3}(?:please )?"
    r"(?:write|compose|draft|produce|craft)\b"
    r"(?![^.?!\n]{0,40}\b(?:function|program|query|equation|fraction|decimal)\b)"
    rf"[^.?!\n]{{0,100}}?\b{_GENRE}\b",
    r"^\W*(?:argue|discuss|reflect on|debate)\b",
    r"[.!?]\s+discuss\b",
    r"\bto what extent\b",
    r"\b(?:agree or disagree|your own (?:opinion|view|words|experience|knowledge)|your opinion|"
    r"give reasons|specific (?:reasons|examples)|support your (?:answer|position|argument|opinion)|"
    r"take a (?:position|stance))\b",
    r"作文|写一篇|寫一篇|論じ|論述|述べなさい|書きなさい|小論文|(?:напишите|напиши)\b|сочинение|эссе|اكتب|مقال|निबंध|"
    r"^\W*(?:escrib[ae]|redacta|rédige[rz]?|écri[st]|écrivez|schreiben?|scrivi|escreva)\b",
)
_CODING = re.compile(
    r"(?:^|[.!?:\n]\s*)\W{0,3}(?:please |can you |could you )?"
    r"(?:write|implement|create|code|develop)\b[^.?!\n]{0,60}\b(?:function|program|script|class|method|module|app)\b"
)
_TEXT = _any_of(
    r"^\W*(?:please )?(?:compose|write(?! \W?[\d\\$]| (?:down )?(?:the|an?) (?:number|fraction|"
    r"equation|expression|ratio|decimal))|describe|discuss|explain|summari[sz]e|compare|contrast"
    r"|outline|argue|analy[sz]e|suggest|recommend|imagine|create|design|reflect|tell (?:me|us)|"
    r"give (?:me )?(?:an? )?(?:overview|advice|tips|example|summary)|why\b)",
    r"\b(?:essay|short story|blog post|cover letter|paragraphs?|pros and cons|thesis)\b",
    r"^[^?\n]*\bpoem\b[^?\n]*$",
    r"\bin (?:one|two|a few|your own) (?:sentences?|words)\b",
    r"\bdo you (?:agree|think)\b",
)
_OPTION = _any_of(
    r"\b(?:which|what) (?:one )?of (?:the following|these)\b",
    r"\bmost (?:likely|appropriate)\b",
    r"\bbest (?:next|initial|answer|option|explanation|treatment)\b",
    r"^\W*(?:classify|label|categori[sz]e)\b",
    r"\boptions?:\s{0,3}\S",
    r"\b(?:answer|respond|reply) (?:with |only |by )[^.?!:\n]{0,40}\bor\b",
    r"\b(?:choose|select|pick|answer with) (?:one|the (?:correct|best|right)|from|either|only)\b",
    r"\bas positive or negative\b|\bpositive, negative,? or neutral\b|\bentailment, \w+,? or\b|"
    r"\bentailment, neutral\b",
    r"下列哪|以下哪|下列[^。？]{0,20}(?:正确|错误)|哪一项|次のうち|из следующих|"
    r"из перечисленных|"
    r"निम्नलिखित में से|"
    r"أي مما يلي|cuál de l[oa]s siguientes|lequel de|laquelle de|welche[rs]? der folgenden",
)
# To judge whether something is so, or which of two words of a pair fits it.
_JUDGED = _any_of(
    r"(?:^|[.!?:\n]\s*)\W{0,3}(?:please )?(?:state|decide|determine|say|judge|tell me|indicate|"
    r"check|answer|find out|evaluate|assess) (?:whether|if)\b",
    r"\btruth value\b",
    r"\b(valid|plausible|grammatical|correct|acceptable|appropriate|relevant|consistent|formal) or "
    r"(?:not|(?:in|im|un|ir)\1)\b",
)
# What is asked for is in the prompt, in another order or spelling.
_LETTERS = _any_of(
    r"(?:^|[.!?:\n]\s*)\W{0,3}(?:please |can you |could you )?(?:sort|alphabeti[sz]e|reverse|"
    r"unscramble|rearrange|reorder|capitali[sz]e|concatenate|spell|uppercase|lowercase)\b"
    r"(?! (?:out )?(?:the )?(?:reasons|arguments|problem))",
    r"\b(?:in|into) (?:alphabetical|reverse|ascending|descending|lexicographic\w*) order\b",
    r"\b(?:to|in|into|using) (?:all )?(?:upper|lower|title|camel|snake|kebab|sentence)[ -]?case\b",
    r"\b(?:first|last|second|initial) letters? of (?:each|every|all|the words|these)\b",
    r"\b(?:remove|delete|replace|swap|drop)\b[^.?!\n]{0,30}"
    r"\b(?:vowels?|consonants?|letters?|spaces|punctuation|characters?|commas)\b",
    r"\b(?:rot-?13|pig latin|morse code|caesar (?:cipher|shift))\b",
    r"\b(?:complete|finish) the (?:rest of the )?sequence\b[^?\n]{0,80}"
    r"\b(?:parenthes[ei]s|brackets)\b",
    r"(?:^|[.!?:\n]\s*)\W{0,3}(?:please )?(?:extract|copy|repeat)\b"
    r"(?![^.?!\n]{0,60}\b(?:themes?|lessons?|ideas|points|insights|arguments|summary)\b)",
)
_PERCENT_OF = re.compile(r"\d\s*%\s*(?:of|off)\b")
_EXPRESSION = _any_of(
    r"(?<![\w.-])\d[\d.,]{0,30}\s*[+*/×÷^]\s*\(?\d[\d.,]{0,30}\s*(?:[-+*/×÷^=?)]|$|\.)",
    r"(?<![\w.-])\d[\d.,]{0,30}\s*-\s*\(?\d[\d.,]{0,30}\s*[-+*/×÷^=?]",  # but no span of years
    r"\d\s+(?:times|plus|minus|divided by|multiplied by|mod|modulo)\s+\S{0,3}\d",
    r"\d\s+(?:squared|cubed)\b",
    r"\\(?:frac|sqrt|sum|int|binom|log|sin|cos|tan|pi|times|cdot)\b",
    r"\$[^$\n]{1,200}[=<>^+\\][^$\n]{0,200}\$",
)
_FIGURES = re.compile(r"[\s\d.,()\[\]+*/×÷^%!-]{3,2000}=?[\s?]{0,9}")
_OPERATOR = re.compile(r"\d\s?[+*/×÷^%!]|\d - |[-+]\s?\(|\)\s?-|\d\s?=")
_RECKONING = _any_of(
    r"(?:^|[.!]\s+)(?:find|determine|work out|expand|factori[sz]e|differentiate|integrate)\b",
    r"^\W*(?:write|express) \W?[\d\\$]",
    r"\bprobability\b",
    r"\b(?:calculate|compute|evaluate|simplify|solve|multiply|divide|subtract|convert|round)\b",
    r"\bwhat (?:is|are|'s)\s+[(\s]*-?[\d$]",
)
_UNKNOWN = _any_of(  # of what is given, and what is asked for where one number is
    r"=\s*-?\d[^?]{0,60}\b(?:what is|find|solve for) [a-z]\b(?!')",
    r"\b(?:(?:square|cube) root of|factorial|hypotenuse|greatest common|least common)\b",
    r"(?<!and )\b(?:sum|product|average|mean|median|perimeter|area|volume|circumference|diagonal"
    r"|radius) of\b",
    r"\bvalue of \W?\d",
)
_HOW_MANY = _any_of(
    r"\bhow (?:many|much)\b",
    r"\bwhat (?:percent(?:age)?|fraction|number|amount)\b",
    r"\b(?:find|determine|give) the (?:value|number|sum|product|area|remainder|probability)\b",
)
_COUNTED = (
    *(f"几{c}" for c in "个個只本支枚天人次元年"),
    *(f"何{c}" for c in "本個人枚円冊匹回日時分歳台杯羽頭キセメ"),
    *"多少 いくつ いくら 얼마 몇 сколько कितना कितने कितनी".split(),
    *"combien cuánt cuanto cuanta hoeveel".split(),
    *("wie viel", "wieviel", "bao nhiêu", "berapa", " كم ", " ile ", " kaç "),
    *(" quanti ", " quante ", " quanto ", " quantos ", " quantas "),
)  # how many, elsewhere
_MEASURE = _any_of(
    r"\bhow (?:old|long|far|tall|fast|high|deep|wide|heavy|big|large|hot|often)\b",
    r"\bhow (?:many|much) (?:more|less|fewer|longer|older|farther|taller|faster)\b",
    r"\b(?:what|find|determine|calculate)\b[^?\n]{0,60}\b(?:total|sum|difference|product|quotient|"
    r"average|mean|median|number|percent(?:age)?|fraction|ratio|probability|cost|price|profit|"
    r"loss|area|perimeter|circumference|volume|length|width|height|weight|age|speed|distance|"
    r"value|amount|score|salary|income|rate|angle|degrees?|remainder|digit|integer|time|multiple|"
    r"divisor|factor|fee|bill|change|share|interest|worth)\b",
)
_NUMBER_WORD = (
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty "
    "hundred thousand half twice double dozen third quarter"
)
_NUMBERS = re.compile(rf"\d+(?:[.,]\d+)*|\b(?:{_NUMBER_WORD.replace(' ', '|')})\b")
_YEAR = re.compile(r"(?<![\d.,$€£])(?:1\d|20)\d\d(?![\d,.]\d|%)")
_YEARS = re.compile(r"\b(?:1\d|20)\d\d\s?[-–/]\s?(?:(?:1\d|20)\d\d|\d\d)\b(?!\s*[=\d])")
_NAMING = re.compile(r"\b(?:who|whom|whose|which|where|when|why|name|called)\b")
_ASKS_SIZE = re.compile(r"\b(?:what|what's|how|find|determine|calculate)\b")
_FACT = _any_of(
    r"\b(?:who|whom|whose|when|where|which|what|why|name)\b",
    r"\bhow\b",
    r"^\W*(?:please )?(?:identify|state|give|tell me|provide|specify|define) (?:me )?"
    r"(?:the|its|one|an?)\b",
)
_SEVERAL_STEPS = _any_of(
    r"\b(?:prove|derive|step by step|each|every|after|before|remaining|total|altogether|integral|"
    r"matrix|polynomial|triangle|diagnos\w+|patient|optimal|algorithm)\b"
)


def _is_number(text: str) -> bool:
    """A reckoning with numbers in it, or a plain question for a count."""
    text = _YEARS.sub(" ", text)
    numbers = len(_NUMBERS.findall(_YEAR.sub(" ", text)))
    if _EXPRESSION.search(text) or _is_reckoning(text) or (numbers and _RECKONING.search(text)):
        return True
    asked = _asked(text)
    names = _NAMING.search(asked)
    if not names and (_PERCENT_OF.search(asked) or (numbers and _UNKNOWN.search(text))):
        return True
    spaced = f" {text} "
    if _HOW_MANY.search(text) or any(word in spaced for word in _COUNTED):
        return True
    if numbers > 1 and _MEASURE.search(asked):
        return True
    # A story told in numbers asks for one more.
    is_story = numbers > 1 and len(text) > len(asked) + 20 and not names
    return is_story and (bool(_ASKS_SIZE.search(asked)) or (numbers > 2 and asked.endswith("?")))


def _is_reckoning(text: str) -> bool:
    """Whether a text is numbers and what is to be done with them: ((3 * -3) + 4) ="""
    return _FIGURES.fullmatch(text) is not None and _OPERATOR.search(text) is not None


def _is_short_question(text: str) -> bool:
    return len(text) <= _SHORT and _ASKED_OR_LEFT_OPEN.search(text.strip()) is not None


def _asks_for_json(text: str) -> bool:
    """Whether JSON is to be the answer; a question about JSON asks what, how or why."""
    return "json" in text and bool(_JSON.search(text)) and not _ABOUT.match(_asked(text))


def _asked(text: str) -> str:
    """The last sentence that asks, or else the last one."""
    sentences = [s for s in re.split(r"(?<=[.?!])\s+", text.strip()) if s]
    asking = [s for s in sentences if s.endswith("?")]
    return (asking or sentences or [""])[-1]


_JSON = _any_of(
    r"\b(?:return|respond|reply|answer|output|give|produce|write|provide|extract|list|as|in|into|"
    r"only|valid|format\w*)\b[^.?!\n]{0,60}\bjson\b(?! (?:stand|mean|file is|parser|library|api))",
    r"\bjson (?:object|array|format|schema|list|document)\b[^?\n]{0,200}"
    r"\b(?:with|containing|of|fields?|keys?)\b",
)
# A short question in any language, or a gap to fill, is answered in a word or a sentence.
_SHORT = 200  # characters
_ASKED_OR_LEFT_OPEN = re.compile(
    r"[?？؟]\W*$|か。?$|_{2,}|\.{3,}\W*$"
    r"|\s(?:is|are|was|were|has|equals|called|named|by|of|in|as|the|an?|est|ist|es|é|è)\s*:?$"
    r"|\b(?:answer|a)\s*:\s*$"
)
# What explains, but in a sentence: a fact in other words.
_ABOUT = re.compile(r"\W*(?:what|which|how|why|is|are|does|do|can|who|when|where)\b.*\?$")
_WHY = re.compile(r"^\W*why\b[^.?!\n]{0,120}[?]?\s*$")

# In order: the first that fits the question, as written or in lower case, says what is asked for.
_RULES: tuple[tuple[Kind, Callable[[str, str], object]], ...] = (
    (Kind.JSON, lambda _text, lower: _asks_for_json(lower)),
    (Kind.TRANSLATION, lambda _text, lower: _TRANSLATION.search(lower)),
    (Kind.TEXT, lambda _text, lower: _WRITING.search(lower) or _CODING.search(lower)),
    (Kind.OPTION, lambda text, _lower: listed_options(text)),
    (Kind.CODE, lambda text, _lower: is_about_code(text)),
    (Kind.FACT, lambda _text, lower: _WHY.search(lower)),
    (Kind.TEXT, lambda _text, lower: _TEXT.search(lower)),
    (Kind.OPTION, lambda _text, lower: _OPTION.search(lower)),
    (Kind.YES_NO, lambda text, lower: is_yes_or_no(text) or _JUDGED.search(lower)),
    (Kind.LETTERS, lambda _text, lower: _LETTERS.search(lower)),
    (Kind.NUMBER, lambda _text, lower: _is_number(lower)),
    (Kind.FACT, lambda _text, lower: _FACT.search(lower) or _is_short_question(lower)),
)
