"""openai for Python: sync, async, streams, responses, parse; and errors."""

from __future__ import annotations

import asyncio
import json
import time

import openai
from pydantic import BaseModel
from said import AGREED, KEY, MODEL, OBJECT, SPLIT, SPLIT_OBJECT, URL

client = openai.OpenAI(base_url=URL, api_key=KEY)
ASK = [{"role": "user", "content": AGREED}]

assert MODEL in [model.id for model in client.models.list()]
raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ASK, temperature=0)
assert raw.parse().choices[0].message.content == "4"
assert raw.headers["x-consensus-outcome"] == "CONSENSUS"
assert raw.headers["x-consensus-warning"].endswith("temperature")
assert raw.request_id

with client.chat.completions.stream(model=MODEL, messages=ASK) as stream:
    assert stream.get_final_completion().choices[0].message.content == "4"

response = client.responses.create(model=MODEL, input=AGREED, instructions="Be brief.")
assert response.output_text == "4"
assert client.responses.retrieve(response.id).output_text == "4"
with client.responses.stream(model=MODEL, input=AGREED) as events:
    assert events.get_final_response().output_text == "4"


async def later() -> None:
    """The same without blocking."""
    asked = openai.AsyncOpenAI(base_url=URL, api_key=KEY)
    chunks = await asked.chat.completions.create(model=MODEL, messages=ASK, stream=True)
    said = [c.choices[0].delta.content or "" async for c in chunks if c.choices]
    assert "".join(said) == "4"


asyncio.run(later())

try:
    client.chat.completions.create(model="gpt-4o", messages=ASK)
except openai.NotFoundError as error:
    assert error.code == "model_not_found"
    assert error.param == "model"
    assert MODEL in str(error)
else:
    raise AssertionError("an unknown model was served")

split = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": SPLIT}])
assert split.choices[0].message.content is None
assert split.choices[0].message.refusal


class Number(BaseModel):
    """What is asked for."""

    number: int


parsed = client.chat.completions.parse(
    model=MODEL, messages=[{"role": "user", "content": OBJECT}], response_format=Number
)
assert parsed.choices[0].message.parsed == Number(number=4)

try:
    client.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": SPLIT_OBJECT}], response_format=Number
    )
except openai.ContentFilterFinishReasonError:
    pass
else:
    raise AssertionError("a split panel was parsed")

asked = [
    {
        "custom_id": f"q{n}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": MODEL, "messages": ASK},
    }
    for n in range(3)
]
lines = "\n".join(map(json.dumps, asked)).encode()
file = client.files.create(file=("asked.jsonl", lines), purpose="batch")
batch = client.batches.create(
    input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
)
while batch.status not in ("completed", "failed"):
    time.sleep(0.1)
    batch = client.batches.retrieve(batch.id)
assert batch.output_file_id
answers = [json.loads(line) for line in client.files.content(batch.output_file_id).iter_lines()]
assert [answer["custom_id"] for answer in answers] == ["q0", "q1", "q2"]
assert {a["response"]["body"]["choices"][0]["message"]["content"] for a in answers} == {"4"}
assert [one.id for one in client.batches.list(limit=1).data] == [batch.id]
assert client.files.delete(file.id).deleted
