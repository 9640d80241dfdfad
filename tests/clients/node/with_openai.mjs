// openai for Node: completion, stream, responses; and an error.
import assert from "node:assert";
import OpenAI from "openai";

const [url, model, agreed, split] = process.argv.slice(2);
const client = new OpenAI({ baseURL: url, apiKey: "any" });
const messages = [{ role: "user", content: agreed }];

const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
assert.equal(data.choices[0].message.content, "4");
assert.equal(response.headers.get("x-consensus-outcome"), "CONSENSUS");

let said = "";
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
  said += chunk.choices[0]?.delta?.content ?? "";
}
assert.equal(said, "4");

const answer = await client.responses.create({ model, input: agreed });
assert.equal(answer.output_text, "4");
let last;
for await (const event of await client.responses.create({ model, input: agreed, stream: true })) {
  last = event;
}
assert.equal(last.type, "response.completed");

const refused = await client.chat.completions.create({ model, messages: [{ role: "user", content: split }] });
assert.equal(refused.choices[0].message.content, null);
assert.ok(refused.choices[0].message.refusal.startsWith("No consensus"));

await assert.rejects(client.chat.completions.create({ model: "gpt-4o", messages }), (error) => {
  assert.ok(error instanceof OpenAI.NotFoundError);
  assert.equal(error.code, "model_not_found");
  return true;
});
