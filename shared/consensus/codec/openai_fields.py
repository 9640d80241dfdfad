"""What requests of OpenAI's protocol have in common: which fields mean something here.

A field that changes what comes back and cannot be served is refused, with what to do instead. One
that has no effect (sampling is the panel's own) is taken and named, so that the answer can say so.
One that nobody knows is refused: it is a slip of the pen.
The protocol: https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from consensus.codec.mistakes import Mistakes, pointer_to
from consensus.codec.requests import (
    ReservedField,
    Submission,
    UnknownField,
    read_object,
    submission_of,
)
from consensus.core.errors import CallerError, InvalidTask, Mistake
from consensus.core.plain import visible
from consensus.core.profiles import DEFAULT, Profile, Unsettled, with_profile

MODEL: Final = DEFAULT
OPTIONS: Final = DEFAULT  # the field that holds a task's options, and its answer's task
BOM: Final = b"\xef\xbb\xbf"

NO_TOOLS: Final = (
    "tools are not served: the panel answers questions; describe in the prompt what a tool found"
)

# Fields of other servers of the protocol, which clients send to every server.
_OF_OTHERS: Final = frozenset(
    "top_k min_p top_a typical_p tfs_z repetition_penalty repeat_penalty length_penalty mirostat "
    "mirostat_eta mirostat_tau num_ctx num_predict n_predict keep_alive options cache_prompt "
    "chat_template_kwargs chat_template add_generation_prompt continue_final_message "
    "skip_special_tokens spaces_between_special_tokens ignore_eos min_tokens "
    "truncate_prompt_tokens provider models route transforms plugins usage safe_prompt "
    "random_seed thinking enable_thinking thinking_budget think reasoning reasoning_format "
    "include_reasoning "
    "reasoning_split extra_body drop_params custom_llm_provider caching num_retries timeout "
    "session_id trace_id prompt_id request_id".split()
)
# Those of the protocol itself, whatever the route.
_OF_ALL: Final = frozenset(
    "temperature top_p user safety_identifier service_tier store prompt_cache_key "
    "prompt_cache_retention parallel_tool_calls".split()
)


class ModelNotFound(CallerError):
    """A model that is not ours (404)."""

    reason = "MODEL_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the task that it is, and how its answer is to come.

    ignored names the fields that have no effect.
    """

    submission: Submission
    model: str
    no_consensus: Unsettled
    stream: bool = False
    include_usage: bool = False
    background: bool = False
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """The fields of one route of the protocol.

    read: those that mean something here; idle: those without effect; unserved: those that cannot
    be served, each with the values that ask for nothing and with what to do instead.
    """

    read: frozenset[str]
    idle: frozenset[str]
    unserved: Mapping[str, tuple[tuple[object, ...], str]]


@dataclass(frozen=True, slots=True)
class Fields:
    """Those of a request that mean something, and the names of those given that have no effect.

    found: what was wrong with the others, which is told with what is wrong with these.
    """

    given: Mapping[str, object]
    ignored: tuple[str, ...]
    found: Mistakes


def fields_of(body: bytes, route: Route) -> Fields:
    """The fields of a body; unknown ones and those that cannot be served are mistakes.

    Raises Malformed.
    """
    found = Mistakes()
    document = read_object(body.removeprefix(BOM))
    given = {name: value for name, value in document.items() if value is not None}
    idle = route.idle | _OF_ALL | _OF_OTHERS
    known = route.read | idle | route.unserved.keys() | {"model", "metadata", OPTIONS}
    for name in given:
        with found.gathered(pointer_to(name)):
            if name not in known:
                raise UnknownField(f"Unknown field {shown(name)}.{_alike(name, known)}")
    if given.get("tool_choice") == "none":
        given = {name: value for name, value in given.items() if name not in ("tools", "functions")}
    for name, (harmless, instead) in route.unserved.items():
        with found.gathered(pointer_to(name)):
            if name in given and given[name] not in harmless:
                raise ReservedField(f"{name} is not served; {instead}.")
    meaning = {
        name: value for name, value in given.items() if name not in idle | set(route.unserved)
    }
    return Fields(meaning, tuple(sorted(name for name in given if name in idle)), found)


def submission(
    given: Mapping[str, object],
    messages: Sequence[Mapping[str, object]],
    profile: Profile,
    max_prompt_bytes: int,
) -> tuple[Submission, Unsettled]:
    """The task that a request is, and what to say without a consensus. Raises InvalidTask, …"""
    options = object_of(given, OPTIONS)
    if not options.keys().isdisjoint(("prompt", "messages", "metadata")):
        error = InvalidTask(f"{OPTIONS} takes a task's options, such as min_votes, and no more.")
        raise at(OPTIONS, error)
    unsettled = options.pop("no_consensus", None)
    if unsettled is not None and unsettled not in list(Unsettled):
        error = InvalidTask(f"no_consensus must be one of {', '.join(Unsettled)}.")
        raise at(f"{OPTIONS}/no_consensus", error)
    task = {"messages": list(messages), "metadata": given.get("metadata", {}), **options}
    task |= {name: given[name] for name in ("response_format", "tools") if name in given}
    with _moved(options):
        asked = submission_of(task, max_prompt_bytes)
    asked = replace(asked, options=with_profile(asked.options, profile))
    return asked, profile.no_consensus if unsettled is None else Unsettled(str(unsettled))


@contextmanager
def _moved(options: Collection[str]) -> Iterator[None]:
    """Point at a task's options where they stand in this protocol: beneath OPTIONS."""
    try:
        yield
    except CallerError as error:
        error.mistakes = tuple(
            replace(mistake, pointer=f"#/{OPTIONS}/{mistake.pointer[2:]}")
            if mistake.pointer[2:].split("/")[0] in options
            else mistake
            for mistake in error.mistakes
        )
        raise


def profile_of(given: Mapping[str, object], profiles: Collection[Profile]) -> Profile:
    """The profile whose name the model is. Raises ModelNotFound."""
    for profile in profiles:
        if profile.name == given.get("model"):
            return profile
    names = ", ".join(profile.name for profile in profiles)
    raise at("model", ModelNotFound(f'Send "model": "{MODEL}"; the models here are {names}.'))


def message(name: str, value: object) -> dict[str, object] | None:
    """A message of a conversation as a task takes it; None for one that says nothing.

    Clients send empty system messages, and turns that were a tool's call alone. Raises InvalidTask.
    """
    if not isinstance(value, dict):
        raise at(name, InvalidTask(f"{told(name)} must be a JSON object."))
    role = "system" if value.get("role") == "developer" else value.get("role")
    if role == "function" or value.get("function_call"):
        raise at(name, InvalidTask(f"{told(name)} is about functions; send tools instead."))
    content = _content(name, value.get("content"))
    if role == "tool":
        return {"role": "user", "content": f"{_TOOL_SAID} {_id_of(value)}:\n{content or ''}"}
    if calls := value.get("tool_calls"):
        content = f"{content or ''}\n{_calls(name, calls)}".strip()
    is_empty = content is None or (isinstance(content, str) and not visible(content).strip())
    if is_empty and role in ("system", "assistant"):
        return None
    return {"role": role, "content": content}


_TOOL_SAID: Final = "This came back from tool call"


def _id_of(value: Mapping[str, object]) -> str:
    return whole_characters(str(value.get("tool_call_id") or ""))[:100]


def _calls(name: str, calls: object) -> str:
    """An assistant's calls, as the panel is asked for them."""
    made = []
    for call in calls if isinstance(calls, list) else [None]:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(call, dict) or not isinstance(function, dict):
            raise at(name, InvalidTask(f"{told(name)}.tool_calls must be calls of functions."))
        made.append({"id": call.get("id"), **function})
    return whole_characters(json.dumps({"calls": made}, ensure_ascii=False))


def _content(name: str, value: object) -> object:
    """Plain text as it is; parts of text joined. Anything else is the submission's to refuse."""
    if isinstance(value, str):
        return whole_characters(value)
    if not isinstance(value, list):
        return value
    texts = [_text_of(part) for part in value]
    if None in texts:
        error = InvalidTask(f"{told(name)}.content may have parts of text only.")
        raise at(f"{name}/content", error)
    return whole_characters("\n".join(map(str, texts)))


def _text_of(part: object) -> str | None:
    if not isinstance(part, dict):
        return part if isinstance(part, str) else None
    field = "refusal" if part.get("type") == "refusal" else "text"
    spoken = part.get("type") in ("text", "input_text", "output_text", "refusal")
    text = part.get(field)
    return text if spoken and isinstance(text, str) else None


def whole_characters(text: str) -> str:
    """The text with half an emoji, as JavaScript may cut it, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def object_of(given: Mapping[str, object], name: str) -> dict[str, object]:
    """A field that is an object, {} where it is not given. Raises InvalidTask."""
    value = given.get(name, {})
    if not isinstance(value, dict):
        raise at(name, InvalidTask(f"{name} must be a JSON object."))
    return dict(value)


def flag_of(given: Mapping[str, object], name: str) -> bool:
    """A field that is true or false, false where it is not given. Raises InvalidTask."""
    value = given.get(name, False)
    if not isinstance(value, bool):
        raise at(name, InvalidTask(f"{name} must be true or false."))
    return value


def at(place: str, error: CallerError) -> CallerError:
    """The error, pointing at that place of the body."""
    error.mistakes = error.mistakes or (Mistake(str(error), f"#/{place[:80]}"),)
    return error


def told(place: str) -> str:
    """A place of the body as this protocol's clients write it: messages/0/content, messages[0]…"""
    first, *rest = place.split("/")
    return first + "".join(f"[{step}]" if step.isdecimal() else f".{step}" for step in rest)


def shown(name: str) -> str:
    """A caller's name for something, as ASCII and cut: it may be anything."""
    return json.dumps(name)[:80]


def _alike(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name[:40], known, 1)
    return f" Did you mean {near[0]}?" if near else f" A task's options go in {OPTIONS}."
