"""instructor: an object read from the answer; and an error."""

from __future__ import annotations

import instructor
import openai
from instructor.core import InstructorError
from pydantic import BaseModel
from said import KEY, MODEL, OBJECT, SPLIT_OBJECT, URL


class Number(BaseModel):
    """What is asked for."""

    number: int


def asked(model: str, prompt: str, mode: instructor.Mode = instructor.Mode.JSON_SCHEMA) -> Number:
    """The object, tried once."""
    client = instructor.from_openai(openai.OpenAI(base_url=URL, api_key=KEY), mode=mode)
    return client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": prompt}],
        response_model=Number,
        max_retries=1,
    )


for mode in (instructor.Mode.JSON_SCHEMA, instructor.Mode.JSON):
    assert asked(MODEL, OBJECT, mode).number == 4

for model, prompt in (("gpt-4o", OBJECT), (MODEL, SPLIT_OBJECT)):
    try:
        asked(model, prompt)
    except InstructorError:
        pass
    else:
        raise AssertionError("there was no answer to read")
