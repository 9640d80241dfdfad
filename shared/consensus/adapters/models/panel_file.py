"""The panel as the operator wrote it down: a TOML or JSON file, else the one OPENAI_* voter.

    [[voters]]
    name = "ann"
    model = "gpt-4o-mini"
    base_url = "https://api.openai.com/v1"      # or provider = "openai": docs/providers.md
    key = "OPENAI_API_KEY"      # the environment variable that holds it
    power = 1.0
    temperature = 0.7
    input_usd_per_mtok = 0.15
    output_usd_per_mtok = 0.60
    max_output_tokens = 16000
    reasoning_effort = "low"
    logprobs = "off"            # structured = "off": never by a JSON schema
    timeout = 60                # seconds a call
    extra_body = { top_k = 40 }
    headers = { "X-Team" = "research" }

    [[profiles]]                # a model that clients of the service may name
    name = "consensus-legal"
    min_votes = 7
    min_agreement = 0.9
    no_consensus = "error"      # or "refuse", "explain"

A base URL comes from this file or from the settings and from nowhere else: a request cannot name
one. Keys stay in the environment.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from consensus.adapters.local.operator_file import read_file
from consensus.adapters.models.providers import provider
from consensus.codec.requests import submission_of
from consensus.config import Settings
from consensus.core.errors import CallerError, ConfigurationError
from consensus.core.panel import Panel, Voter
from consensus.core.profiles import BUILT_IN, Profile, Unsettled

MOST_VOTERS = 64
MOST_PROFILES = 64
LARGEST_POWER = 100.0
LARGEST_FILE = 1_000_000  # bytes

# Where clouds serve their machines' credentials, beside the link-local 169.254.169.254.
_METADATA_HOSTS = frozenset({"metadata", "metadata.google.internal", "instance-data"})
_METADATA_ADDRESSES = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADERS_OF_OURS = frozenset(
    "authorization api-key x-api-key cookie host content-length content-type connection "
    "transfer-encoding accept-encoding x-consensus-seat".split()
)


def read_panel(settings: Settings) -> Panel:
    """The panel that the settings name. Raises ConfigurationError, which says where it is wrong."""
    if settings.panel is None:
        default = Voter(
            model=settings.openai_model,
            base_url=settings.openai_base_url,
            temperature=settings.temperature,
            input_usd_per_mtok=settings.input_usd_per_mtok,
            output_usd_per_mtok=settings.output_usd_per_mtok,
        )
        if default.base_url is not None:
            _or_wrong("OPENAI_BASE_URL", default.base_url)
        return Panel((default,))
    return Panel(tuple(v.as_voter() for v in _read(settings.panel).voters))


def read_profiles(settings: Settings) -> tuple[Profile, ...]:
    """The profiles that clients may name: the built-in ones, and those of the panel file.

    One of the file replaces a built-in of its name. Raises ConfigurationError.
    """
    own = [] if settings.panel is None else _read(settings.panel).profiles
    named = {profile.name: profile for profile in BUILT_IN}
    named |= {profile.name: profile.as_profile() for profile in own}
    return tuple(named.values())


def _read(path: Path) -> _File:
    return read_file("CONSENSUS_PANEL", path, _File, LARGEST_FILE)


def settings_of(
    voter: Voter, settings: Settings, environment: Mapping[str, str] = os.environ
) -> Settings:
    """The settings with this voter's endpoint in the place of OPENAI_*.

    Raises ConfigurationError where its key is not in the environment. The service's own key goes
    to the service's own endpoint alone: a voter elsewhere without a key is asked without one.
    """
    if settings.panel is None:
        return settings
    own_endpoint = voter.base_url is None
    key = settings.openai_api_key if own_endpoint else None
    if voter.key_name:
        value = environment.get(voter.key_name)
        if not value:
            raise ConfigurationError(f"Voter {voter.name}: set {voter.key_name} to its key.")
        if not own_endpoint and _in_the_open(str(voter.base_url)):
            raise ConfigurationError(
                f"Voter {voter.name}: a key travels to its base_url, which must be https://."
            )
        key = SecretStr(value)
    return settings.with_changes(
        openai_api_key=key,
        openai_base_url=settings.openai_base_url if own_endpoint else voter.base_url,
        openai_model=voter.model,
        temperature=settings.temperature if voter.temperature is None else voter.temperature,
        input_usd_per_mtok=voter.input_usd_per_mtok,
        output_usd_per_mtok=voter.output_usd_per_mtok,
        max_output_tokens=voter.max_output_tokens or settings.max_output_tokens,
        reasoning_effort=voter.reasoning_effort or settings.reasoning_effort,
        logprobs=voter.logprobs or settings.logprobs,
        structured=voter.structured or settings.structured,
        call_seconds=voter.timeout or settings.call_seconds,
        # Another endpoint is told nothing that was meant for the service's own.
        extra_body={**(settings.extra_body if own_endpoint else {}), **voter.extra_body},
        headers={**(settings.headers if own_endpoint else {}), **voter.headers},
    )


def endpoint_of_service(panel: Panel, settings: Settings) -> Settings:
    """The settings for what is asked beside the votes: OPENAI_* where set, else the first voter's.

    Raises ConfigurationError as settings_of does.
    """
    own = settings.openai_api_key is not None or settings.openai_base_url is not None
    return settings if own else settings_of(panel.voters[0], settings)


def _endpoint(url: str) -> str:
    """The URL, if a worker may ask a model there. Raises ValueError."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
        usable = parts.scheme in ("http", "https") and host and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be like http://localhost:11434/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no credentials; name the key's variable instead")
    if host in _METADATA_HOSTS or _is_forbidden(host):
        raise ValueError("is a link-local or metadata address, where no model is served")
    return url


def _in_the_open(url: str) -> bool:
    """Whether what is sent there can be read on the way."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    address = _address(host)
    here = host == "localhost" or (address is not None and address.is_loopback)
    return parts.scheme != "https" and not here


def _is_forbidden(host: str) -> bool:
    address = _address(host)
    if address is None:
        return False
    return address.is_link_local or address.is_multicast or address in _METADATA_ADDRESSES


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, in any of the spellings that resolvers take; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))  # 2852039166, 0xa9.254.43518
        except OSError:
            return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _known(name: str) -> str:
    """A provider of the table. Raises ValueError."""
    return provider(name).name


def _our_own(body: dict[str, Any]) -> dict[str, Any]:
    """A request's further fields, none of them one that votes depend on. Raises ValueError."""
    if taken := sorted(body.keys() & {"model", "messages", "stream", "stream_options", "n"}):
        raise ValueError(f"must not have {', '.join(taken)}")
    return body


def _plain_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers that may be added to a request. Raises ValueError."""
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not (value.isascii() and value.isprintable()):
            raise ValueError("must be header names and values in plain ASCII")
        if name.lower() in _HEADERS_OF_OURS:
            raise ValueError(f"must not have {name.lower()}; a key goes by its variable's name")
    return headers


class _Voter(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    name: Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    model: Annotated[str, Field(min_length=1, max_length=200)]
    provider: Annotated[str, AfterValidator(_known)] | None = None
    base_url: Annotated[str, AfterValidator(_endpoint)] | None = None
    key: Annotated[str, Field(pattern=r"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")] | None = None
    power: Annotated[float, Field(gt=0, le=LARGEST_POWER)] = 1.0
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    input_usd_per_mtok: Annotated[float, Field(ge=0, le=1e6)] | None = None
    output_usd_per_mtok: Annotated[float, Field(ge=0, le=1e6)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    reasoning_effort: Annotated[str, Field(pattern=r"\A[a-z]{1,20}\z")] | None = None
    logprobs: Literal["auto", "off"] | None = None
    structured: Literal["auto", "off"] | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] | None = None
    extra_body: Annotated[dict[str, Any], AfterValidator(_our_own)] = Field(default_factory=dict)
    headers: Annotated[dict[str, str], AfterValidator(_plain_headers)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_an_address(self) -> _Voter:
        if self.provider and self.base_url is None and provider(self.provider).is_template:
            raise ValueError(f"needs base_url, like {provider(self.provider).base_url}")
        return self

    def as_voter(self) -> Voter:
        written = self.model_dump()
        named = written.pop("provider")
        key = written.pop("key")
        if named:
            at = provider(named)
            written["base_url"] = written["base_url"] or at.base_url
            key = key or at.key or None
        return Voter(key_name=key, **written)


class _Profile(BaseModel):
    """A task's options, as a request has them, under a name."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    name: Annotated[str, Field(pattern=r"\A[a-z0-9][a-z0-9._-]{0,63}\z")]
    no_consensus: Literal["refuse", "explain", "error"] = "refuse"

    @model_validator(mode="after")
    def _has_options(self) -> _Profile:
        self.as_profile()
        return self

    def as_profile(self) -> Profile:
        """The profile. Raises ValueError."""
        options = self.model_extra or {}
        if not options.keys().isdisjoint(("prompt", "messages", "metadata")):
            raise ValueError("takes a task's options, such as min_votes, and no more")
        try:
            asked = submission_of({"prompt": "-", **options}, 1)
        except CallerError as error:
            raise ValueError(str(error)) from None
        return Profile(self.name, asked.options, Unsettled(self.no_consensus))


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    voters: Annotated[list[_Voter], Field(min_length=1, max_length=MOST_VOTERS)]
    profiles: Annotated[list[_Profile], Field(max_length=MOST_PROFILES)] = []

    @model_validator(mode="after")
    def _are_told_apart(self) -> _File:
        for what, named in (("voters", self.voters), ("profiles", self.profiles)):
            if len({one.name for one in named}) < len(named):
                raise ValueError(f"two {what} have the same name")
        return self


def _or_wrong(name: str, url: str) -> None:
    try:
        _endpoint(url)
    except ValueError as error:
        raise ConfigurationError(f"{name} {error}.") from None
