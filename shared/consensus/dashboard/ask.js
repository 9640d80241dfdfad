// Asking: a question, and what else may be said about how it is to be decided.

import { post } from "./api.js";
import { html } from "./lit-html/lit-html.js";
import { state, update } from "./state.js";
import { count, trouble } from "./words.js";

export const SAMPLES = [
  ["What is 17% of 2,340?", "Simple, with a slip now and then"],
  ["If 3 machines make 3 widgets in 3 minutes, how many minutes do 100 machines need to make 100 widgets?", "A trap that some fall into"],
  ["A bat and a ball cost $1.10 together. The bat costs $1.00 more than the ball. How much does the ball cost?", "Close: more votes are asked"],
  ["Is a hot dog a sandwich?", "A matter of taste: often no consensus"],
];

const NUMBERS = ["min_votes", "max_votes", "timeout_seconds"];

const field = (name) => document.getElementById(`ask-${name}`);

// The request that the form stands for.
function request() {
  const asked = field("prompt").value;
  const system = field("system").value.trim();
  const before = [...(system ? [{ role: "system", content: system }] : []), ...state.asking.earlier];
  const body = before.length ? { messages: [...before, { role: "user", content: asked }] } : { prompt: asked };
  for (const name of ["strategy", "voting", "compose"]) if (field(name).value) body[name] = field(name).value;
  for (const name of NUMBERS) if (field(name).value) body[name] = Number(field(name).value);
  if (field("min_agreement").value) body.min_agreement = Number(field("min_agreement").value) / 100;
  if (state.asking.format) body.response_format = state.asking.format;
  const noted = field("metadata").value.split(/\s*,\s*/).filter((entry) => entry.includes("="));
  if (noted.length) body.metadata = Object.fromEntries(noted.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
  return body;
}

export async function ask(body) {
  state.asking.busy = true;
  state.asking.error = "";
  update();
  try {
    const task = await post("v1/tasks", body);
    location.hash = `/tasks/${task.id}`;
    return true;
  } catch (error) {
    if (error.status === 401) state.wantsKey = true;
    state.asking.error = trouble(error);
    return false;
  } finally {
    state.asking.busy = false;
    update();
  }
}

async function submit(event) {
  event.preventDefault();
  if (!state.asking.busy && (await ask(request()))) reset();
}

function reset() {
  document.getElementById("ask")?.reset();
  state.asking = { ...state.asking, error: "", open: false, format: undefined, earlier: [] };
  update();
}

// Fill the form with what a task was asked, to be changed.
export function edit(body) {
  state.focus = "ask-prompt";
  location.hash = "/";
  const spoken = body.messages ?? [{ role: "user", content: body.prompt }];
  const last = spoken.findLastIndex((message) => message.role === "user");
  const system = spoken[0].role === "system" ? spoken[0] : undefined;
  state.asking = { busy: false, error: "", open: true, format: body.response_format, earlier: spoken.slice(system ? 1 : 0, last) };
  const fill = () => {
    if (!field("prompt")) return requestAnimationFrame(fill); // the page is turned first
    field("prompt").value = spoken[last].content;
    field("system").value = system?.content ?? "";
    for (const name of ["strategy", "voting", "compose", ...NUMBERS]) field(name).value = body[name] ?? "";
    field("min_agreement").value = body.min_agreement ? Math.round(body.min_agreement * 100) : "";
    field("metadata").value = Object.entries(body.metadata ?? {}).map((entry) => entry.join("=")).join(", ");
  };
  update();
  fill();
}

const sample = ([prompt, what]) => html`<li>
  <button class="sample" @click=${() => ask({ prompt })}><span>${prompt}</span><small>${what}</small></button>
</li>`;

const number = (name, label, low, high, placeholder) => html`<label class="number">${label}
  <input id=${`ask-${name}`} type="number" inputmode="numeric" min=${low} max=${high} placeholder=${placeholder}></label>`;

export const asking = (first) => {
  const { busy, error, open, format, earlier } = state.asking;
  return html`<section class="asking">
    <h1>${first ? "Ask a panel, trust the answer" : "Ask the panel"}</h1>
    ${first
      ? html`<p class="lead">Your question goes to several independent models. Their answers are grouped by meaning, and the
          panel is asked until one answer is settled, or it is plain that there is none to trust.</p>`
      : ""}
    <form id="ask" @submit=${submit}>
      <label class="unseen" for="ask-prompt">Your question</label>
      <textarea id="ask-prompt" rows="2" required placeholder="What do you want to know?"
        @keydown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form.requestSubmit()}></textarea>
      ${error ? html`<p class="trouble" role="alert">${error}</p>` : ""}
      <div class="bar">
        <button type="button" class="link" aria-expanded=${open} aria-controls="options"
          @click=${() => { state.asking.open = !open; update(); }}>${open ? "Fewer options" : "Options"}</button>
        ${open ? html`<button type="button" class="link" @click=${reset}>Reset</button>` : ""}
        <span class="hint"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
        <button class="primary" ?disabled=${busy}>${busy ? "Asking …" : "Ask"}</button>
      </div>
      <div id="options" class="options" ?hidden=${!open}>
        <label>Compare answers
          <select id="ask-strategy">
            <option value="">as the question suggests</option>
            <option value="exact">as text, to the letter</option>
            <option value="numeric">as numbers</option>
            <option value="semantic">by meaning</option>
            <option value="structured">as JSON, field by field</option>
            <option value="text">as a text, sentence by sentence</option>
          </select></label>
        <label>A vote weighs
          <select id="ask-voting">
            <option value="">by confidence</option>
            <option value="majority">the same as any other</option>
          </select></label>
        <label>Of texts that agree
          <select id="ask-compose">
            <option value="">return the one most supported</option>
            <option value="supported">make one of what they support</option>
          </select></label>
        ${number("min_votes", "Votes at least", 1, 64, "3")}
        ${number("max_votes", "Votes at most", 1, 64, "15")}
        ${number("min_agreement", "Agreement, in %", 50, 100, "auto")}
        ${number("timeout_seconds", "Seconds at most", 5, 540, "auto")}
        <label class="wide">Instructions to the panel <textarea id="ask-system" rows="2" placeholder="None"></textarea></label>
        ${earlier.length ? html`<p class="wide note">${count(earlier.length, "earlier message")} of that conversation ${earlier.length === 1 ? "goes" : "go"} before the question.</p>` : ""}
        ${format ? html`<p class="wide note">Answers keep the format of the task that this comes from: ${format.json_schema?.name ?? format.type}.</p>` : ""}
        <label class="wide">Metadata <input id="ask-metadata" placeholder="name=value, name=value" autocomplete="off"></label>
      </div>
    </form>
    ${state.demo
      ? html`<p class="demo"><strong>Demo.</strong> No model is configured: the bundled panel plays scripted answers to its own
          questions, and refuses any other. Set <code>OPENAI_API_KEY</code> or <code>OPENAI_BASE_URL</code> to ask real models.</p>`
      : ""}
    ${first || state.demo
      ? html`<h2>${first ? "Try one" : "The demo panel knows"}</h2><ul class="samples">${SAMPLES.map(sample)}</ul>`
      : ""}
  </section>`;
};
