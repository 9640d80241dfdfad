"""The analyst that the settings ask for, over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from consensus.bootstrap import analysts
from consensus.bootstrap.analysts import analyst
from consensus.config import Settings
from consensus.core.kind import Kind
from consensus.core.model import Message
from consensus.usecases.analyst import Opinion
from tests.adapters.misbehaving import Json, always, chunk, endpoint, error, events, hanging

ADVICE = '{"kind": "fact", "strategy": "semantic", "complexity": "low"}'
ASKED = (Message("user", "Who wrote Emma?"),)


async def _opinion(url: str, seconds: float = 5.0, **changes: object) -> Opinion:
    told = {"analysis": "model", "openai_base_url": url, "openai_api_key": SecretStr("sk-1")}
    asked, close = analyst(Settings().with_changes(**(told | changes)))
    assert asked is not None
    try:
        return await type(asked)(asked.model, seconds)(ASKED)
    finally:
        await close()


async def test_the_rules_need_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default there is no analyst; without an endpoint, or its library, one that cannot ask."""
    assert analyst(Settings())[0] is None
    asked = analyst(Settings().with_changes(analysis="model"))[0]
    assert asked is not None
    assert (await asked(ASKED)).analysis is None
    monkeypatch.setattr(analysts, "find_spec", lambda name: None)
    key = SecretStr("sk-1")
    bundled = analyst(Settings().with_changes(analysis="model", openai_api_key=key))[0]
    assert bundled is not None
    assert "no endpoint" in (await bundled(ASKED)).told


async def test_the_services_own_model_is_asked_once() -> None:
    """One call, over the protocol of the votes."""
    requests: list[Json] = []
    told = {"prompt_tokens": 300, "completion_tokens": 20, "total_tokens": 320}
    said = events(chunk(ADVICE, "stop", usage=told))
    async with endpoint(always(said), requests) as url:
        opinion = await _opinion(url, input_usd_per_mtok=1.0, output_usd_per_mtok=1.0)
    assert opinion.analysis is not None
    assert opinion.analysis.kind is Kind.FACT
    assert opinion.usage.cost_usd == pytest.approx(0.00032)
    assert len(requests) == 1
    assert "Who wrote Emma?" in requests[0]["messages"][1]["content"]


async def test_a_panels_first_voter_is_asked_where_there_is_no_other_model(tmp_path: Path) -> None:
    """An operator who names a panel alone has named a model."""
    requests: list[Json] = []
    async with endpoint(always(events(chunk(ADVICE, "stop"))), requests) as url:
        panel = tmp_path / "panel.toml"
        panel.write_text(f'[[voters]]\nname = "ann"\nmodel = "m-ann"\nbase_url = "{url}"\n')
        opinion = await _opinion("", openai_base_url=None, openai_api_key=None, panel=panel)
    assert opinion.analysis is not None
    assert requests[0]["model"] == "m-ann"


async def test_a_model_that_fails_or_hangs_leaves_it_to_the_rules() -> None:
    """Its time is bounded, and what went wrong is told without its words."""
    async with endpoint(always(error(401, "invalid_api_key", "sk-1 is wrong"))) as url:
        refused = await _opinion(url)
    async with endpoint(always(hanging(chunk('{"kind": ')))) as url:
        slow = await _opinion(url, seconds=0.1)
    assert (refused.analysis, slow.analysis) == (None, None)
    assert "MODEL_REFUSED" in refused.told
    assert "sk-1" not in refused.told
    assert "OUT_OF_TIME" in slow.told
