"""langchain-openai: invoke, stream, the responses API; and an error."""

from __future__ import annotations

import openai
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from said import AGREED, KEY, MODEL, OBJECT, SPLIT, URL

model = ChatOpenAI(base_url=URL, api_key=KEY, model=MODEL)
assert model.invoke(AGREED).content == "4"
assert "".join(str(chunk.content) for chunk in model.stream(AGREED)) == "4"

through_responses = ChatOpenAI(base_url=URL, api_key=KEY, model=MODEL, use_responses_api=True)
assert through_responses.invoke(AGREED).text == "4"


class Number(BaseModel):
    """What is asked for."""

    number: int


formed = model.with_structured_output(Number, method="json_schema")
assert formed.invoke(OBJECT) == Number(number=4)

split = model.invoke(SPLIT)
assert split.content == ""
assert split.additional_kwargs["refusal"]

try:
    ChatOpenAI(base_url=URL, api_key=KEY, model="gpt-4o").invoke(AGREED)
except openai.NotFoundError as error:
    assert MODEL in str(error)
else:
    raise AssertionError("an unknown model was served")
