"""litellm: completion, stream, responses; and an error."""

from __future__ import annotations

import litellm
from said import AGREED, KEY, MODEL, SPLIT, URL

ASK = {"messages": [{"role": "user", "content": AGREED}], "api_base": URL, "api_key": KEY}
NAMED = f"openai/{MODEL}"

assert litellm.completion(model=NAMED, **ASK).choices[0].message.content == "4"
chunks = litellm.completion(model=NAMED, stream=True, **ASK)
assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "4"
answer = litellm.responses(model=NAMED, input=AGREED, api_base=URL, api_key=KEY)
assert answer.output[0].content[0].text == "4"

split = litellm.completion(model=NAMED, **{**ASK, "messages": [{"role": "user", "content": SPLIT}]})
assert not split.choices[0].message.content
assert split.choices[0].finish_reason == "content_filter"

try:
    litellm.completion(model="openai/gpt-4o", **ASK)
except litellm.NotFoundError as error:
    assert MODEL in str(error)
else:
    raise AssertionError("an unknown model was served")
