"""The operator's panel file: read strictly, and no way to a machine's credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.responses import RedirectResponse

from consensus.adapters.models.openai_model import OpenAIModel
from consensus.adapters.models.panel_file import read_panel, read_profiles, settings_of
from consensus.config import Settings
from consensus.core.errors import ConfigurationError, ModelError
from consensus.core.model import Message, Options, Strategy
from consensus.core.panel import Voter
from consensus.core.profiles import BUILT_IN, Unsettled
from tests.adapters.misbehaving import Json, always, chunk, endpoint, events

TOML = """
[[voters]]
name = "ann"
model = "m-1"
base_url = "https://one.example/v1"
key = "ANN_KEY"
power = 2
temperature = 0.7
input_usd_per_mtok = 0.15
output_usd_per_mtok = 0.6

[[voters]]
name = "bob"
model = "m-2"
"""
JSON = '{"voters": [{"name": "ann", "model": "m"}]}\n'
ANN = Voter("ann", "m-1", "https://one.example/v1", "ANN_KEY", 2.0, 0.7, 0.15, 0.6)
BOB = Voter("bob", "m-2")


def _settings(**changes: Any) -> Settings:
    return Settings().with_changes(openai_api_key=SecretStr("own"), openai_base_url=None, **changes)


def _written(folder: Path, voter: dict[str, Any]) -> Settings:
    path = folder / "panel.json"
    path.write_text(json.dumps({"voters": [{"name": "ann", "model": "m", **voter}]}))
    return _settings(panel=path)


def test_a_toml_file_names_the_voters(tmp_path: Path) -> None:
    """Every field arrives; what is left out has its default."""
    path = tmp_path / "panel.toml"
    path.write_text(TOML)
    assert read_panel(_settings(panel=path)).voters == (ANN, BOB)


@pytest.mark.parametrize(("name", "text"), [("panel.toml", TOML), ("panel.json", JSON)])
def test_a_file_may_be_as_windows_writes_it(tmp_path: Path, name: str, text: str) -> None:
    """A byte order mark and CRLF are no part of what a file says."""
    path = tmp_path / name
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_panel(_settings(panel=path)).voters[0].name == "ann"


def test_a_json_file_names_them_too(tmp_path: Path) -> None:
    """The same form, told by the file's name."""
    settings = _written(tmp_path, {"power": 0.5})
    assert read_panel(settings).voters == (Voter("ann", "m", power=0.5),)


def test_without_a_file_there_is_one_default_voter() -> None:
    """It is what OPENAI_* names, at voting power 1."""
    (voter,) = read_panel(_settings(openai_model="m-9")).voters
    assert (voter.name, voter.model, voter.power) == ("default", "m-9", 1.0)


def test_a_voters_settings_are_its_own(tmp_path: Path) -> None:
    """Endpoint, model, key, temperature and prices replace those of OPENAI_*."""
    settings = _settings(panel=tmp_path, temperature=0.1, input_usd_per_mtok=9.0)
    told = settings_of(ANN, settings, {"ANN_KEY": "secret"})
    assert told.openai_api_key == SecretStr("secret")
    assert (told.openai_base_url, told.openai_model) == ("https://one.example/v1", "m-1")
    assert (told.temperature, told.input_usd_per_mtok, told.output_usd_per_mtok) == (0.7, 0.15, 0.6)


def test_the_services_own_key_goes_to_its_own_endpoint_alone(tmp_path: Path) -> None:
    """A voter without base URL uses OPENAI_*; one elsewhere is never sent that key."""
    settings = _settings(panel=tmp_path, input_usd_per_mtok=9.0)
    elsewhere = Voter("eve", "m", "https://two.example/v1")
    assert settings_of(BOB, settings, {}).openai_api_key == SecretStr("own")
    assert settings_of(BOB, settings, {}).input_usd_per_mtok is None  # the price of another model
    assert settings_of(elsewhere, settings, {}).openai_api_key is None


def test_a_voter_may_say_how_it_is_asked(tmp_path: Path) -> None:
    """Limits, effort, further fields and headers are the voter's; the rest is as set."""
    own = {
        "max_output_tokens": 9000,
        "reasoning_effort": "low",
        "logprobs": "off",
        "structured": "off",
        "timeout": 60.0,
        "extra_body": {"top_k": 40},
        "headers": {"X-Team": "research"},
    }
    settings = _written(tmp_path, own).with_changes(extra_body={"seed": 1})
    told = settings_of(read_panel(settings).voters[0], settings)
    assert (told.max_output_tokens, told.reasoning_effort, told.call_seconds) == (9000, "low", 60)
    assert (told.logprobs, told.structured) == ("off", "off")
    assert (told.extra_body, told.headers) == ({"seed": 1, "top_k": 40}, {"X-Team": "research"})
    elsewhere = settings_of(Voter("eve", "m", "https://two.example/v1"), settings, {})
    assert elsewhere.extra_body == {}


def test_a_provider_stands_for_its_address_and_key(tmp_path: Path) -> None:
    """What the voter says itself comes first."""
    (voter,) = read_panel(_written(tmp_path, {"provider": "mistral"})).voters
    assert (voter.base_url, voter.key_name) == ("https://api.mistral.ai/v1", "MISTRAL_API_KEY")
    (voter,) = read_panel(_written(tmp_path, {"provider": "groq", "key": "MINE"})).voters
    assert voter.key_name == "MINE"


@pytest.mark.parametrize(
    ("name", "told"), [("mistrall", "did you mean mistral"), ("azure", "needs base_url, like")]
)
def test_a_provider_that_cannot_be_is_told(tmp_path: Path, name: str, told: str) -> None:
    """Misspelt, or with an address of each customer's own."""
    with pytest.raises(ConfigurationError, match=told):
        read_panel(_written(tmp_path, {"provider": name}))


@pytest.mark.parametrize(
    "own",
    [
        {"extra_body": {"messages": []}},
        {"extra_body": {"stream": False}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": {"X": "a\nb"}},
        {"headers": {"a b": "c"}},
        {"timeout": 0},
        {"max_output_tokens": 0},
        {"logprobs": "never"},
    ],
)
def test_what_no_voter_may_say(tmp_path: Path, own: dict[str, Any]) -> None:
    """What votes depend on, credentials in the file, values that cannot be."""
    with pytest.raises(ConfigurationError, match=f"voters.0.{next(iter(own))}"):
        read_panel(_written(tmp_path, own))


def test_a_missing_key_is_named_before_any_call(tmp_path: Path) -> None:
    """The operator reads which variable to set."""
    with pytest.raises(ConfigurationError, match="Voter ann: set ANN_KEY"):
        settings_of(ANN, _settings(panel=tmp_path), {})


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://169.254.170.2/",
        "http://2852039166/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        "http://169.254.43518/",
        "http://[fe80::1]/v1",
        "http://[::ffff:169.254.169.254]/v1",
        "http://[fd00:ec2::254]/v1",
        "http://100.100.100.200/v1",
        "http://metadata.google.internal/v1",
        "http://METADATA.google.internal./v1",
        "http://224.0.0.1/v1",
    ],
)
def test_metadata_addresses_are_refused(tmp_path: Path, url: str) -> None:
    """However it is spelt, no voter leads to a machine's credentials."""
    with pytest.raises(ConfigurationError, match="metadata address"):
        read_panel(_written(tmp_path, {"base_url": url}))


def test_an_address_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENAI_BASE_URL is shown and logged: a key in it is refused, with advice and not repeated."""
    monkeypatch.setenv("OPENAI_BASE_URL", "https://me:hunter2@model.example/v1")
    with pytest.raises(ConfigurationError, match="a key goes into OPENAI_API_KEY") as refused:
        Settings.read()
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://model.example/v1/@me?to=a@b")
    assert Settings.read().openai_base_url == "https://model.example/v1/@me?to=a@b"


def test_the_default_voters_address_is_held_to_the_same() -> None:
    """OPENAI_BASE_URL may not lead there either."""
    settings = _settings().with_changes(openai_base_url="http://169.254.169.254/v1")
    with pytest.raises(ConfigurationError, match="OPENAI_BASE_URL is a link-local"):
        read_panel(settings)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:11434/v1", "http://10.0.0.7/v1", "https://api.example/v1"]
)
def test_other_addresses_are_the_operators_choice(tmp_path: Path, url: str) -> None:
    """A model on this machine or network is an ordinary panel."""
    assert read_panel(_written(tmp_path, {"base_url": url})).voters[0].base_url == url


@pytest.mark.parametrize(
    ("voter", "place"),
    [
        ({"base_url": "ftp://x/"}, "base_url"),
        ({"base_url": "https://user:hunter2@host/v1"}, "credentials"),
        ({"power": 0}, "power"),
        ({"power": 1e9}, "power"),
        ({"temperature": 3}, "temperature"),
        ({"key": "sk-hunter2"}, "key"),
        ({"api_key": "hunter2"}, "api_key"),
        ({"name": "a\nb"}, "name"),
        ({"model": ""}, "model"),
        ({"input_usd_per_mtok": -1}, "input_usd_per_mtok"),
    ],
)
def test_a_mistake_is_placed_without_quoting_it(
    tmp_path: Path, voter: dict[str, Any], place: str
) -> None:
    """The message says where; what was written there may be a key and stays out."""
    with pytest.raises(ConfigurationError, match=place) as caught:
        read_panel(_written(tmp_path, voter))
    assert "hunter2" not in str(caught.value)
    assert "panel.json" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "voters is missing"),
        ("voters = []", "at least 1"),
        ("[[voters]", "not well formed"),
        (TOML.replace("bob", "ann"), "same name"),
        ("x = 1", "x is not known here"),
        ("#" * 1_000_001, "larger than"),
    ],
)
def test_a_file_that_is_no_panel_is_refused(tmp_path: Path, text: str, told: str) -> None:
    """Empty, malformed, ambiguous, foreign or huge: one line says which."""
    path = tmp_path / "panel.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        read_panel(_settings(panel=path))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """CONSENSUS_PANEL names it."""
    with pytest.raises(ConfigurationError, match=r"CONSENSUS_PANEL=.*No such file"):
        read_panel(_settings(panel=tmp_path / "none.toml"))


async def test_a_redirect_is_not_followed() -> None:
    """An endpoint cannot lead its key, or us, to another host."""
    asked: list[Json] = []
    async with endpoint(always(events(chunk("4", "stop"))), asked) as elsewhere:
        away = RedirectResponse(f"{elsewhere}/chat/completions", 307)
        async with endpoint(always(away)) as url:
            model = OpenAIModel(_settings().with_changes(openai_base_url=url))
            with pytest.raises(ModelError, match="answered 307"):
                await model.complete((Message("user", "What is 2 + 2?"),), 30)
            await model.close()
    assert asked == []


def test_the_example_is_a_panel() -> None:
    """What we show works."""
    example = Path(__file__).parents[2] / "examples" / "panel.toml"
    voters = read_panel(_settings(panel=example)).voters
    assert [voter.name for voter in voters] == ["mini", "strong", "local"]


def _profiles(folder: Path, *profiles: dict[str, Any]) -> Settings:
    settings = _written(folder, {})
    path = folder / "panel.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "profiles": profiles}))
    return settings


def test_a_file_may_name_profiles(tmp_path: Path) -> None:
    """They join the built-in ones, and replace one of the same name."""
    legal = {"name": "consensus-legal", "min_votes": 7, "no_consensus": "error"}
    fast = {"name": "consensus-fast", "max_votes": 3, "strategy": "exact"}
    named = {p.name: p for p in read_profiles(_profiles(tmp_path, legal, fast))}
    assert next(iter(named)) == "consensus"
    assert named["consensus-legal"].options == Options(min_votes=7)
    assert named["consensus-legal"].no_consensus is Unsettled.ERROR
    assert named["consensus-fast"].options == Options(Strategy.EXACT, max_votes=3)
    assert read_profiles(_settings(panel=None)) == BUILT_IN


@pytest.mark.parametrize(
    "profile",
    [
        {"name": "No Spaces"},
        {"name": "a", "min_vote": 3},
        {"name": "a", "min_votes": 9, "max_votes": 3},
        {"name": "a", "prompt": "x"},
        {"name": "a", "no_consensus": "shrug"},
        {"min_votes": 3},
    ],
)
def test_a_profile_that_cannot_be_is_told(tmp_path: Path, profile: dict[str, Any]) -> None:
    """Where it is wrong, before anything starts."""
    with pytest.raises(ConfigurationError, match=r"profiles\.0"):
        read_profiles(_profiles(tmp_path, profile))


def test_two_profiles_of_one_name_are_refused(tmp_path: Path) -> None:
    """Nobody could say which is meant."""
    with pytest.raises(ConfigurationError, match="two profiles"):
        read_profiles(_profiles(tmp_path, {"name": "a"}, {"name": "a"}))


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("http://model.example/v1", True),
        ("http://10.0.0.5:8000/v1", True),
        ("https://model.example/v1", False),
        ("http://localhost:11434/v1", False),
        ("http://127.0.0.1:11434/v1", False),
        ("http://[::1]:11434/v1", False),
    ],
)
def test_a_key_travels_over_tls_or_not_at_all(url: str, *, refused: bool) -> None:
    """But on this machine, where nobody is on the way."""
    voter = Voter("ann", base_url=url, key_name="ANN_API_KEY")
    settings = Settings().with_changes(panel=Path("panel.toml"))
    if refused:
        with pytest.raises(ConfigurationError, match="https"):
            settings_of(voter, settings, {"ANN_API_KEY": "k"})
    else:
        assert settings_of(voter, settings, {"ANN_API_KEY": "k"}).openai_base_url == url
