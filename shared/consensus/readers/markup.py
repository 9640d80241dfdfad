"""What a reply says aloud: without thoughts, channels, special tokens and invented turns."""

from __future__ import annotations

import re

from consensus.core.plain import folded, visible
from consensus.core.question import listed_options

LONGEST_QUESTION = 2_000  # characters of a question that a model asks itself
LONGEST_GREETING = 40  # characters before a thought that are none of the answer: "Sure!"
_CHANNEL = re.compile(
    r"<\|channel\|>\s{0,9}(\w{1,40})[^<]{0,100}(?:<\|constrain\|>[^<]{0,40})?<\|message\|>"
)
_MESSAGE_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
_LEAKED = "assistantfinal"  # what is left of channels where their tokens were dropped
_THOUGHT = re.compile(
    r"<\s?(?P<c1>/?)\s?(?:\w{1,9}:)?(?P<n1>think|thinking|thoughts?|reasoning|reflection|scratchpad|"
    r"analysis|inner_monologue|inner_thoughts|chain_of_thought|cot|rationale)(?:\s[^<>]{0,60})?>"
    r"|\[(?P<c2>/?)(?P<n2>think|thinking|thought|reasoning)\]"
    r"|◁(?P<c3>/?)(?P<n3>think)▷"
    r"|<unused9(?P<c5>[45])>(?P<n5>(?:thought)?)"
    r"|<\|(?P<c4>begin|start|end)_(?:of_)?(?P<n4>thought|thinking|think|reasoning)\|>",
    re.IGNORECASE,
)
_OTHERS_TURN = re.compile(
    r"<\|im_start\|>\s{0,9}(?:user|system|human|think|tool)|<\|start_header_id\|>\s{0,9}(?:user|system)\s{0,9}"
    r"<\|end_header_id\|>|<start_of_turn>\s{0,9}user|"
    r"<\|start\|>(?:user|system)[^<]{0,40}(?:<\|message\|>)?|"
    r"<[|｜](?:user|human|system)[|｜]>|\[INST\]|<<SYS>>",
    re.IGNORECASE,
)
_OWN_TURN = re.compile(
    r"<\|im_start\|>\s{0,9}(?:assistant|model)|<\|start_header_id\|>\s{0,9}(?:assistant|model)\s{0,9}"
    r"<\|end_header_id\|>|<start_of_turn>\s{0,9}model|"
    r"<\|start\|>assistant[^<]{0,40}(?:<\|message\|>)?|"
    r"<[|｜](?:assistant|model|chatbot_token)[|｜]>|\[/INST\]",
    re.IGNORECASE,
)
_ROLE = re.compile(r"^(?:assistant|model|ai|bot)\s{0,3}(?::|\n)\s{0,9}(?=\S)", re.IGNORECASE)
_A = re.compile(r"^(?:Q\s?:[^\n]{0,2000}\n\s{0,9})?A\s?:\s{0,9}(?=\S)")
_TURN_END = re.compile(
    r"<\|(?:eot_id|im_end|endoftext|end_of_text|end|eom_id|return|end_of_turn|endofturn|eot|eos|"
    r"end_of_turn_token)\|>|<end_of_turn>|<eos>|\[EOS\]|</s>|<｜end▁of▁sentence｜>",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"<\|[\w ]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|<(?:bos|eos|pad|unk)>|<start_of_turn>|</?s>"
    r"|\[(?:BOS|EOS|PAD)\]|<(?:unused|extra_id_)\d{1,3}>"
)
_NEXT_QUESTION = re.compile(
    r"^[ \t]{0,9}(?:\*\*|#{1,6} ?)?(?:Q|Question|User|Human|Instruction|Problem|Input|问题|问|問題|"
    r"質問|Frage|Pregunta|Вопрос|Soru|Domanda|Pergunta)"
    r"\s{0,3}\d{0,3}(?:\*\*)?\s{0,2}[:：](.{0,2000})",
    re.MULTILINE,
)


def spoken(text: str, question: str = "") -> str:
    """What is left of a reply when it is read as a person would hear it; linear in its length."""
    said = _own_turn(_without_thoughts(_final_channel(visible(text))))
    said = _ROLE.sub("", _before_next_question(said, question).strip())
    return said if listed_options(question) else _A.sub("", said)


def _final_channel(text: str) -> str:
    headers = list(_CHANNEL.finditer(text))
    if not headers:
        is_leaked = text.lstrip().startswith("analysis") and _LEAKED in text
        return text.rpartition(_LEAKED)[2] if is_leaked else text
    spoken_in = {"final": "", "commentary": ""}
    for header in headers:
        name = header[1].lower()
        if name in spoken_in:
            end = _MESSAGE_END.search(text, header.end())
            spoken_in[name] = text[header.end() : end.start() if end else len(text)]
    return spoken_in["final"] or spoken_in["commentary"]


def _without_thoughts(text: str) -> str:
    """Without what stands in tags of thought; one that is never closed is thought to the end.

    A closing tag alone closes a thought that the prompt had opened.
    """
    kept: list[str] = []
    opened, at = "", 0
    for tag in _THOUGHT.finditer(text):
        name = next(n for n in tag.group("n1", "n2", "n3", "n4", "c5") if n).lower()
        mark = next((c for c in tag.group("c1", "c2", "c3", "c4", "c5") if c), "").lower()
        closes = mark in ("/", "end", "5")
        name = "thought" if mark in ("4", "5") else name
        if opened:
            if closes and name == opened:
                opened, at = "", tag.end()
        elif closes:
            if text[tag.end() :].strip():
                kept, at = [], tag.end()
        else:
            kept.append(text[at : tag.start()])
            opened, at = name, tag.end()
    if not opened:
        kept.append(text[at:])
    if len(kept) > 1 and kept[-1].strip() and len("".join(kept[:-1]).strip()) <= LONGEST_GREETING:
        return kept[-1]
    return "\n".join(kept)


def _own_turn(text: str) -> str:
    """The first turn of the model's own, without the tokens that mark turns."""
    first, *others = _OTHERS_TURN.split(text)
    turns = [first, *(_OWN_TURN.split(other, maxsplit=1)[1:2] or [""] for other in others)]
    flat = (turn if isinstance(turn, str) else turn[0] for turn in turns)
    told = (_TOKEN.sub("", _before_turn_end(turn)) for turn in flat)
    return next((turn for turn in told if turn.strip()), "")


def _before_turn_end(text: str) -> str:
    """What is said before a token ends the turn."""
    if "<s>" in text.lstrip()[3:]:
        return text  # what is struck out, not a token
    parts: list[str] = []
    at = 0
    for end in _TURN_END.finditer(text):
        parts.append(text[at : end.start()])
        at = end.end()
        if _OWN_TURN.sub("", "".join(parts)).strip():
            at = len(text)
            break
    parts.append(text[at:])
    return _OWN_TURN.sub("\n", "\n".join(parts))


def _before_next_question(text: str, question: str) -> str:
    """Without the questions that a model goes on to ask, and answer, itself."""
    asked = "".join(folded(question).split())
    for found in _NEXT_QUESTION.finditer(text):
        below = text[found.end() : found.end() + LONGEST_QUESTION].strip().partition("\n")[0]
        told = "".join(folded(found[1].strip() or below).split())
        is_restated = not told or told in asked or asked in told
        if text[: found.start()].strip() and not is_restated:
            return text[: found.start()]
    return text
