"""What an endpoint takes of what we would like to send, as it lets us know by refusing.

Everything beside the question is ours to give up: log-probabilities, streams, limits, temperature,
schemas, even the system role. Endpoints refuse such things with any status and in any words. What
they name is left out; where they name nothing, what is rarely taken is left out, then all of it.
What was learned so is kept for the endpoint and model, and shared by all that ask it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from consensus.adapters.models.openai_endpoint import Refusal
from consensus.core.model import Message

log = logging.getLogger(__name__)

Request: TypeAlias = Mapping[str, Any]

LIMIT: Final = "max_completion_tokens"
OLDER_LIMIT: Final = "max_tokens"
ROLES: Final = "messages"

# How endpoints spell what they refuse.
_SPELLINGS: Final = {
    "top_logprobs": r"top[_\s-]?log[_\s-]?prob(?:abilitie)?s?",
    "logprobs": r"(?<!top)(?<!top[_\s-])log[_\s-]?prob(?:abilitie)?s?",
    "stream_options": r"stream[_\s-]?options|include[_\s-]?usage",
    "stream": r"(?<![a-z_])stream(?:ing|ed|s)?(?![a-z]|[_\s-]?options)",
    LIMIT: r"max(?:imum)?[_\s-]?completion[_\s-]?tokens",
    OLDER_LIMIT: (
        r"max(?:imum)?[_\s-]?(?:output[_\s-]?|new[_\s-]?)?tokens|in the completion"
        r"|completion tokens|(?:num|n)_predict"
    ),
    "temperature": r"temperature",
    "response_format": (
        r"response[_\s-]?(?:format|schema|mime)|json[_\s-]?(?:schema|mode|object)"
        r"|structured[_\s-]?output|guided[_\s-]?(?:json|decoding)|grammar"
    ),
    "reasoning_effort": r"reasoning[_\s-]?effort|reasoning[._]effort",
}
_WORDS: Final = {name: re.compile(spelt, re.IGNORECASE) for name, spelt in _SPELLINGS.items()}
_ROLES: Final = re.compile(
    r"system[\s\"'_-]{0,3}(?:role|message|prompt|instruction)|role[^.]{0,60}system"
    r"|system[^.]{0,20}not (?:supported|allowed)|developer instruction|alternat(?!iv)"
    r"|consecutive|roles? must|(?:first|last) message",
    re.IGNORECASE,
)
_NOT_SERVED: Final = re.compile(
    r"support|not (?:allowed|available|enabled|implemented)|disabled?|cannot|verif|permitted"
    r"|unknown|unrecogni[sz]ed|unexpected|invalid|forbidden",
    re.IGNORECASE,
)
# "supports at most 1024", "maximum context length is 2048", "less than or equal to 8192".
_AT_MOST = re.compile(
    r"(?:at most|max(?:imum)?|up to|equal to|<=|no more than|limit|supports?|exceeds?|between)"
    r"[^0-9.]{0,60}(\d{2,7})\b"
    r"|(?:\[\s*\d+\s*,|\d\s+(?:and|to|-))\s*(\d{2,7})\b",
    re.IGNORECASE,
)
LEAST_LIMIT: Final = 16  # tokens; a smaller number in an error is about something else

# Refusals that are about the key, the bill, the prompt or the pace, and not about how it is asked.
_ABOUT_OTHERS: Final = frozenset(
    (401, 402, 407, 408, 409, 413, 421, 423, 424, 425, 429, 499, 502, 503, 504, 508, 529)
)
_SETTLED_CODES: Final = (
    "content_filter",
    "insufficient_quota",
    "invalid_api_key",
    "loop",
    "model_not_found",
    "unknown_demo_task",
)
TOO_LONG: Final = "context_length_exceeded"
_RARELY_TAKEN: Final = (
    "response_format",
    "top_logprobs",
    "logprobs",
    "stream_options",
    "temperature",
    "reasoning_effort",
)
_EXTRAS: Final = (*_RARELY_TAKEN, "stream", LIMIT, OLDER_LIMIT)


@dataclass(frozen=True, slots=True)
class Manner:
    """How an endpoint is asked.

    without: the fields that are left out; limit: the name under which the tokens are limited, ""
    for not at all; most: the highest limit that may be asked for; folded: no system role, and no
    two messages of one role in a row.
    """

    without: frozenset[str] = frozenset()
    limit: str = LIMIT
    most: int | None = None
    folded: bool = False

    def request(self, messages: Sequence[Message], wishes: Request) -> dict[str, Any]:
        """The wishes that it takes; LIMIT among them goes by its name and bound here."""
        asked = {
            name: value
            for name, value in wishes.items()
            if name not in self.without and name != LIMIT
        }
        if LIMIT in wishes and self.limit:
            asked[self.limit] = min(wishes[LIMIT], self.most or wishes[LIMIT])
        if "logprobs" not in asked:
            asked.pop("top_logprobs", None)
        if "stream" not in asked:
            asked.pop("stream_options", None)
        spoken = folded(messages) if self.folded else messages
        return {"messages": [{"role": m.role, "content": m.content} for m in spoken], **asked}


@dataclass(slots=True)
class Dialect:
    """What is known of one endpoint and model. thinks: it has thought a whole limit away."""

    manner: Manner = Manner()
    thinks: bool = False
    _proven: bool = False
    _crashed: bool = False
    _by_chance: bool = False

    def opening(self) -> Manner:
        """How to begin: as it takes it; more plainly where asking has broken its connection."""
        if self._crashed and not self._proven:
            return _plainer(self.manner, self.manner.request((), dict.fromkeys(_EXTRAS, 0)))
        return self.manner

    def answered(self, manner: Manner, *, by_chance: bool = False) -> None:
        """A request in this manner was answered; by_chance: it may be no merit of the manner."""
        if manner == self.manner:
            self._proven, self._by_chance = True, False
        elif by_chance and not self._by_chance:
            self._by_chance = True
        else:
            log.info("the endpoint is asked differently from now on: %s", _change(manner))
            self.manner, self._proven, self._by_chance = manner, True, False

    def broke(self) -> None:
        """It broke the connection without a word, as servers do that crash."""
        self._crashed = True

    @property
    def is_proven(self) -> bool:
        """Whether it has answered a request in the manner it is asked in."""
        return self._proven


@dataclass(slots=True)
class Asking:
    """One call's way from what we would like to what is taken."""

    manner: Manner
    by_chance: bool = False  # what was given up last may have nothing to do with the failure
    _refused: set[str] = field(default_factory=set)

    def give_way(
        self, refusal: Refusal, request: Request, messages: Sequence[Message], *, proven: bool
    ) -> bool:
        """Whether there is another manner to ask in; then it is taken."""
        manner = self._named(refusal, request, messages)
        if manner is None and _is_nameless(refusal, proven=proven):
            manner = _plainer(self.manner, request)
            manner = manner if manner != self.manner else _plainest(manner, request, messages)
            self.by_chance = self.by_chance or refusal.status not in range(400, 500)
        if manner is None or manner == self.manner:
            return False
        self.manner = manner
        return True

    def _named(
        self, refusal: Refusal, request: Request, messages: Sequence[Message]
    ) -> Manner | None:
        if refusal.status in _ABOUT_OTHERS or refusal.code in _SETTLED_CODES:
            return None
        named = refused_fields(refusal, request)
        if refusal.code == TOO_LONG:
            named &= {LIMIT, OLDER_LIMIT}  # the prompt and the answer together are too long
        manner = self.manner
        if LIMIT in named or OLDER_LIMIT in named:
            manner = self._limited(manner, refusal, request)
        others = frozenset(named) - {LIMIT, OLDER_LIMIT, ROLES}
        manner = replace(manner, without=manner.without | others)
        if ROLES in named and not manner.folded and tuple(folded(messages)) != tuple(messages):
            manner = replace(manner, folded=True)
        return manner if manner != self.manner else None

    def _limited(self, manner: Manner, refusal: Refusal, request: Request) -> Manner:
        """With a lower limit where it says which, else by the other name, else without any."""
        asked = request.get(manner.limit)
        if isinstance(asked, int) and (most := _lower(refusal.words, asked)):
            return replace(manner, most=most)
        self._refused.add(manner.limit)
        other = OLDER_LIMIT if manner.limit == LIMIT else LIMIT
        return replace(manner, limit="" if other in self._refused else other)


def refused_fields(refusal: Refusal, request: Request) -> set[str]:
    """The fields of the request that a refusal names, by its param or in its words."""
    root = refusal.param.partition("[")[0].partition(".")[0]
    if root in request and root not in (ROLES, "model"):
        return {root}
    if root in (LIMIT, OLDER_LIMIT) and (LIMIT in request or OLDER_LIMIT in request):
        return {root}
    words = refusal.words
    named = {name for name in _WORDS if name in request and _WORDS[name].search(words)}
    if (LIMIT in request or OLDER_LIMIT in request) and (
        _WORDS[LIMIT].search(words) or _WORDS[OLDER_LIMIT].search(words)
    ):
        named.add(OLDER_LIMIT)
    if "stream" in named and (len(named) > 1 or not _NOT_SERVED.search(words)):
        named.discard("stream")  # a word of many meanings
    if (not named or root == ROLES) and (_ROLES.search(words) or ".role" in refusal.param):
        named.add(ROLES)
    return named


def folded(messages: Sequence[Message]) -> list[Message]:
    """The conversation without a system role: user and assistant in turn, the user first."""
    spoken: list[Message] = []
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        if spoken and spoken[-1].role == role:
            spoken[-1] = Message(role, f"{spoken[-1].content}\n\n{message.content}")
        else:
            spoken.append(Message(role, message.content))
    return spoken


def _is_nameless(refusal: Refusal, *, proven: bool) -> bool:
    """Whether it may be about how it was asked, though it does not say so.

    A server that failed has other reasons, once it has answered the very same kind of request.
    """
    if refusal.status in _ABOUT_OTHERS or refusal.code in (*_SETTLED_CODES, TOO_LONG):
        return False
    is_failure = refusal.status == 0 or refusal.status >= 500
    return not (is_failure and proven) and not 300 <= refusal.status < 400


def _plainer(manner: Manner, request: Request) -> Manner:
    """Without what is rarely taken, and with the older name of the limit."""
    limit = OLDER_LIMIT if manner.limit == LIMIT else manner.limit
    dropped = {name for name in _RARELY_TAKEN if name in request}
    return replace(manner, without=manner.without | dropped, limit=limit)


def _plainest(manner: Manner, request: Request, messages: Sequence[Message]) -> Manner:
    """The question alone."""
    dropped = {name for name in _EXTRAS if name in request} - {LIMIT, OLDER_LIMIT}
    fold = manner.folded or tuple(folded(messages)) != tuple(messages)
    return replace(manner, without=manner.without | dropped, limit="", folded=fold)


def _lower(words: str, asked: int) -> int | None:
    """The highest limit below what was asked that an error speaks of."""
    spoken = [int(one or other) for one, other in _AT_MOST.findall(words)]
    return max((n for n in spoken if LEAST_LIMIT <= n < asked), default=None)


def _change(manner: Manner) -> str:
    told = [f"without {name}" for name in sorted(manner.without)]
    told += [f"{manner.limit} for the limit" if manner.limit else "without a limit of tokens"]
    told += [f"at most {manner.most} tokens"] if manner.most else []
    told += ["without a system role"] if manner.folded else []
    return ", ".join(told)
