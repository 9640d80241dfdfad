"""pydantic-ai: an agent over chat completions and over responses; and errors."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput
from pydantic_ai.exceptions import AgentRunError, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from said import AGREED, KEY, MODEL, OBJECT, SPLIT, URL

provider = OpenAIProvider(base_url=URL, api_key=KEY)
for kind in (OpenAIChatModel, OpenAIResponsesModel):
    assert Agent(kind(MODEL, provider=provider)).run_sync(AGREED).output == "4"


class Number(BaseModel):
    """What is asked for."""

    number: int


formed = Agent(OpenAIChatModel(MODEL, provider=provider), output_type=NativeOutput(Number))
assert formed.run_sync(OBJECT).output == Number(number=4)

try:
    Agent(OpenAIChatModel(MODEL, provider=provider)).run_sync(SPLIT)
except AgentRunError as error:
    assert "No consensus" in f"{error} {getattr(error, 'body', '')}" or "filter" in str(error)
else:
    raise AssertionError("a split panel was taken for an answer")

try:
    Agent(OpenAIChatModel("gpt-4o", provider=provider)).run_sync(AGREED)
except ModelHTTPError as error:
    assert error.status_code == 404
    assert MODEL in str(error.body)
else:
    raise AssertionError("an unknown model was served")
