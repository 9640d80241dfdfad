// A task that explains itself.

import { erase, post, taskPath } from "./api.js";
import { ask, edit } from "./ask.js";
import { loadVotes } from "./follow.js";
import { bySeat, chip, colour, leaders, marks } from "./groups.js";
import { icon } from "./icons.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { repeat } from "./lit-html/directives/repeat.js";
import { differing, isMarked, line, rich } from "./rich.js";
import { announce, state, update } from "./state.js";
import { chart, lanes, span } from "./timeline.js";
import { ago, amount, clean, clock, count, dollars, hasParts, many, moment, percent, planned, planTitle, reason, seconds, stateOf, trouble } from "./words.js";

const question = (task) => task.prompt ?? task.messages.findLast((message) => message.role === "user").content;

const USUAL_TOLERANCE = 1e-6;

// The request that would ask the same again; what analysis chose is left to it once more.
export function requestOf(task) {
  const { plan } = task;
  const body = task.prompt === undefined ? { messages: task.messages } : { prompt: task.prompt };
  Object.assign(body, { strategy: plan.strategy, min_votes: plan.min_votes, max_votes: plan.max_votes, timeout_seconds: plan.timeout_seconds });
  if (plan.voting !== "confidence_weighted") body.voting = plan.voting;
  if (plan.strategy === "numeric" && plan.numeric_tolerance !== USUAL_TOLERANCE) body.numeric_tolerance = plan.numeric_tolerance;
  if (plan.compose) body.compose = plan.compose;
  if (!plan.threshold_is_adaptive) body.min_agreement = plan.min_agreement;
  if (task.response_format) body.response_format = task.response_format;
  if (Object.keys(task.metadata).length) body.metadata = task.metadata;
  return body;
}

const address = () => new URL("v1/tasks", location.href.split("#")[0]).href;

function asCurl(task) {
  const body = JSON.stringify(requestOf(task)).replaceAll("'", "'\\''");
  const key = state.hasKey ? ` \\\n  -H "X-API-Key: $CONSENSUS_KEY"` : "";
  return `curl -s ${address()} \\\n  -H 'Content-Type: application/json' -H 'Prefer: wait=${Math.ceil(task.plan.timeout_seconds)}'${key} \\\n  -d '${body}'`;
}

// JSON as Python writes it.
function literal(value, indent = "    ") {
  if (value === null || typeof value === "boolean") return { null: "None", true: "True", false: "False" }[value];
  if (typeof value !== "object") return JSON.stringify(value);
  const isList = Array.isArray(value);
  const [opening, closing] = isList ? "[]" : "{}";
  const inner = `${indent}    `;
  const items = isList
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item, inner)}`);
  return items.length ? `${opening}${items.map((item) => `\n${inner}${item},`).join("")}\n${indent}${closing}` : opening + closing;
}

function asPython(task) {
  const body = literal(requestOf(task));
  const wait = Math.ceil(task.plan.timeout_seconds);
  const key = state.hasKey ? `, "X-API-Key": os.environ["CONSENSUS_KEY"]` : "";
  return `${state.hasKey ? "import os\n\n" : ""}import httpx

task = httpx.post(
    "${address()}",
    json=${body},
    headers={"Prefer": "wait=${wait}"${key}},
    timeout=${wait + 10},
).json()
result = task["result"]
print(result["outcome"], result["answer"])`;
}

const dialog = (title, text) => () => {
  state.dialog = { title, text };
  update();
};

async function copyAnswer(view) {
  const { answer } = view.task.result;
  try {
    await navigator.clipboard.writeText(answer);
  } catch {
    return dialog("The answer", answer)(); // without a secure origin a page may not copy by itself
  }
  view.copied = true;
  announce("Copied");
  update();
}

async function doing(view, what, work) {
  view.busy = what;
  view.note = "";
  update();
  try {
    await work();
  } catch (error) {
    view.note = trouble(error);
  } finally {
    view.busy = "";
    update();
  }
}

const cancel = (view) =>
  doing(view, "cancel", async () => {
    view.task = { ...(await post(taskPath(view.id, "/cancel"))) };
  });

const say = (view, said) =>
  doing(view, "feedback", async () => {
    view.task = { ...view.task, feedback: await post(taskPath(view.id, "/feedback"), said) };
    view.other = false;
  });

const forget = (view) => () => {
  state.dialog = {
    title: "Erase this task?",
    words: "Its question, votes and result go for good. Nothing can bring them back.",
    action: "Erase",
    act: () =>
      doing(view, "erase", async () => {
        await erase(taskPath(view.id));
        state.list.tasks.delete(view.id);
        location.hash = "/";
      }),
  };
  update();
};

function openSeat(view, seat) {
  if (view.open.has(seat)) view.open.delete(seat);
  else view.open.add(seat);
  if (!view.votes) loadVotes(view);
  update();
}

// ---- parts of the page ----

const SHORT = 4; // messages that stand open above a question

// What was said in a conversation before the question that is its last.
function earlier(task) {
  const asked = task.messages?.findLastIndex((message) => message.role === "user") ?? 0;
  const said = task.messages?.filter((_, index) => index !== asked) ?? [];
  return said.length
    ? html`<details class="conversation" ?open=${said.length <= SHORT}><summary>${count(said.length, "message")} beside the question</summary>
        ${said.map((message) => html`<div class="message"><b>${message.role}</b>${rich(message.content, true)}</div>`)}</details>`
    : "";
}

const head = (view) => {
  const { task, busy } = view;
  const what = stateOf(task);
  const asked = question(task);
  const { begun, ended } = span(task, state.now);
  return html`<header class="head">
    <p class="meta">
      <span class="badge" data-tone=${what.tone}>${icon(what.icon)}${what.word}</span>
      <span>asked <time datetime=${task.created_at} title=${moment(task.created_at)}>${ago(task.created_at, state.now)}</time>${ago(task.created_at, state.now) === "now" ? "" : " ago"}</span>
      <span>${task.finished_at ? html`took ${seconds((ended - begun) / 1000)}` : nothing}</span>
    </p>
    ${earlier(task)}
    <h1 class="question" ?data-long=${asked.length > 240}>${rich(asked, view.whole.has("question"), () => { view.whole.add("question"); update(); })}</h1>
    <div class="actions">
      ${task.result
        ? html`<button @click=${() => ask(requestOf(task))} ?disabled=${state.asking.busy}>Ask again</button>`
        : html`<button @click=${() => cancel(view)} ?disabled=${busy}>${busy === "cancel" ? "Cancelling …" : "Cancel"}</button>`}
      <button @click=${() => edit(requestOf(task))}>Edit and ask</button>
      <button class="ghost" @click=${dialog("A link to this task", location.href)}>Share</button>
      <button class="ghost" @click=${dialog("The same, with curl", asCurl(task))}>curl</button>
      <button class="ghost" @click=${dialog("The same, with Python", asPython(task))}>Python</button>
      <button class="ghost" @click=${() => showEvents(view)}>Events</button>
      ${task.result ? html`<button class="ghost" @click=${forget(view)}>Erase</button>` : ""}
    </div>
    ${view.note ? html`<p class="trouble" role="alert">${view.note}</p>` : ""}
    ${state.asking.error ? html`<p class="trouble" role="alert">${state.asking.error}</p>` : ""}
  </header>`;
};

async function showEvents(view) {
  const told = [...view.seats.values()].sort((one, other) => (one.at < other.at ? -1 : 1));
  const { task } = view;
  state.dialog = { title: "Its events, as JSON", text: JSON.stringify({ task, ballots: told, tallies: view.tallies }, null, 2) };
  update();
}

const deadline = (task) => {
  if (task.result) return "";
  const begun = Date.parse(task.created_at);
  const whole = Date.parse(task.deadline) - begun;
  const left = Math.max(0, begun + whole - state.now);
  return html`<div class="deadline">
    <progress max=${whole} .value=${whole - left} aria-label="Time used"></progress>
    <span>${clock(left / 1000)} left of ${seconds(whole / 1000)}</span>
  </div>`;
};

const sentence = (text) => html`<p class="because">${line(text, 900)}</p>`;

function consensus(view) {
  const { result } = view.task;
  return html`<section class="answer" data-tone="good" aria-labelledby="answer-title">
    <h2 id="answer-title">${result.composed ? "" : chip(0)} The panel's answer</h2>
    <div class="said" ?data-long=${laidOut(result).length > 80}>${rich(laidOut(result), view.whole.has("answer"), () => { view.whole.add("answer"); update(); })}</div>
    <button class="link" @click=${() => copyAnswer(view)}>${view.copied ? "Copied" : "Copy"}</button>
    ${parts(result)}
    ${sentence(result.explanation)}
    ${feedback(view)}
  </section>`;
}

// What stands against what: nothing here looks like an answer.
function noConsensus(view) {
  const { result } = view.task;
  const places = marks(result.groups, true);
  const [first, second] = result.groups;
  const rivals = result.groups.slice(0, 4);
  // Of parts and sentences each is decided by itself: that whole answers tie does not say why.
  const tied = hasParts(view.task.plan) ? 1 : leaders(result.groups).length;
  const tie = tied === result.groups.length ? "The panel is split evenly." : `${many(tied, "answer")} tie at ${percent(first.share)}.`;
  return html`<section class="answer" data-tone="doubt" aria-labelledby="answer-title">
    <h2 id="answer-title">${icon("split")} No answer to trust</h2>
    ${tied > 1 ? html`<p class="lead">${tie}</p>` : ""}
    ${sentence(result.explanation)}
    <div class="rivals">${rivals.map((group, index) => html`<div class="rival" data-group=${colour(places[index])} ?data-behind=${tied > 1 && index >= tied}>
      <p class="share">${chip(places[index])} ${count(group.votes, "vote")} · ${percent(group.share)}</p>
      <div class="text">${index ? differing(group.answer, first.answer) : second ? differing(group.answer, second.answer) : line(group.answer, 600)}</div>
      <button class="link" ?disabled=${view.busy === "feedback"} @click=${() => say(view, index ? { correct: false, answer: group.answer } : { correct: true })}>This one is right</button>
    </div>`)}</div>
    ${parts(result)}
    ${result.groups.length > rivals.length ? html`<p class="note">${count(result.groups.length - rivals.length, "more answer")} below.</p>` : ""}
    ${feedback(view, true)}
  </section>`;
}

function failed(view) {
  const { result } = view.task;
  return html`<section class="answer" data-tone=${result.outcome === "FAILED" ? "bad" : "quiet"} aria-labelledby="answer-title">
    <h2 id="answer-title">${result.outcome === "FAILED" ? "No answer came" : "Cancelled before it was settled"}</h2>
    ${sentence(result.explanation)}
  </section>`;
}

// The answer as a person reads it: JSON laid out, texts as they are.
const laidOut = (result) => (result.value === undefined ? result.answer : "```\n" + JSON.stringify(result.value, null, 2) + "\n```");

const said = (part) => (part.text !== undefined ? line(part.text, 600) : part.absent ? html`<em>absent</em>` : line(JSON.stringify(part.value), 300));

// The parts of a structured answer, or the sentences of a text, each with what supports it.
function parts(result) {
  if (!result.parts?.length) return "";
  const isText = result.parts[0].text !== undefined;
  const rest = (result.part_count ?? 0) - result.parts.length;
  return html`<div class="parts"><div class="scroll" tabindex="0" role="region" aria-label=${isText ? "Sentence by sentence" : "Field by field"}><table>
    <thead><tr><th scope="col">${isText ? "No." : "Field"}</th><th scope="col">${isText ? "Sentence" : "Value"}</th><th scope="col">Agreement</th><th scope="col">Dissent</th></tr></thead>
    <tbody>${result.parts.map((part) => html`<tr ?data-weak=${part.agreement < result.min_agreement}>
      <th scope="row">${isText ? Number(part.path) + 1 : line(part.path || "whole", 60)}</th>
      <td class="says">${said(part)}</td>
      <td class="share"><span class="meter"><span .style=${`width:${part.agreement * 100}%`}></span></span> ${percent(part.agreement)}</td>
      <td class="says against" ?data-none=${!part.contradicted && part.groups.length < 2}>${[
        part.contradicted > 0 ? html`<em>${percent(part.contradicted)} contradict it</em> ` : "",
        part.groups.slice(1, 4).map((group) => html`<span class="dissent">${said(group)} <span class="note">${percent(group.share)}</span></span>`),
        part.groups.length > 4 ? html`<span class="dissent">and ${amount(part.groups.length - 4)} more</span>` : "",
      ]}</td></tr>`)}</tbody>
  </table></div>
  ${rest > 0 ? html`<p class="note">And ${count(rest, "more part")}.</p>` : ""}</div>`;
}

// Who has decided: whoever may decide on a task need not be the one who asked.
const decider = (by) => (by && by === state.owner ? "You" : by ? line(by, 60) : "Somebody");

function feedback(view, undecided) {
  const said = view.task.feedback;
  const told = said && html`${decider(said.by)} said that ${said.answer ? html`<q>${line(said.answer, 120)}</q> is right` : said.correct ? (undecided ? "the first is right" : "it is right") : "it is wrong"}.`;
  const busy = view.busy === "feedback";
  return html`<div class="feedback">
    <span>${told ?? (undecided ? "Decide, and the service learns from it:" : "Was it right?")}</span>
    ${undecided ? "" : html`<button ?disabled=${busy} aria-pressed=${said?.correct === true} @click=${() => say(view, { correct: true })}>Right</button>
      <button ?disabled=${busy} aria-pressed=${said?.correct === false} @click=${() => say(view, { correct: false })}>Wrong</button>`}
    <button ?disabled=${busy} aria-expanded=${Boolean(view.other)} @click=${() => { view.other = !view.other; update(); }}>Something else …</button>
    ${view.other ? html`<form @submit=${(event) => { event.preventDefault(); say(view, { correct: false, answer: event.target.elements.right.value }); }}>
      <label>What is right? <input name="right" required maxlength="16000" autocomplete="off"></label><button class="primary">Keep</button></form>` : ""}
  </div>`;
}

// What is known of a task's cost, in dollars; null where that is nothing.
const knownCost = ({ cost_usd: whole, known_cost_usd: known }) => whole ?? (known || null);

// What a task cost, or what is known of it.
const cost = (usage) => (typeof usage.cost_usd === "number" ? "" : knownCost(usage) ? "at least " : "") + dollars(knownCost(usage));

// Why its cost is not known whole; "" where it is.
function whyUntold({ usage, result, seats }) {
  if (typeof usage.cost_usd === "number") return "";
  const cutOff = result && seats.begun.length + seats.hedged.length;
  return cutOff ? `${count(cutOff, "call")} cut off before telling a price` : "not all told a price";
}

const RANKED = 3; // the figures that come first

// What is needed, and what agreement is, where whole answers do not decide.
const NEEDED = { structured: "needed in every field", text: "support needed" };
const AGREEMENT = {
  structured: "How much of the votes' weight is behind the field that is agreed least.",
  text: "How far the other votes support what the leading text says.",
};

function figures(view) {
  const { task, tallies } = view;
  const standing = task.result ?? tallies.at(-1);
  const voted = task.progress.voted > 0 && standing;
  const { outcome } = task.result ?? {};
  const { begun, ended } = span(task, state.now);
  const none = "no vote yet";
  const right = task.result?.probability_correct;
  const tokens = task.result?.answer_probability;
  const shown = [
    ["Agreement", voted ? percent(standing.agreement) : "–", voted ? `${percent(standing.min_agreement)} ${NEEDED[task.plan.strategy] ?? "needed"}` : none, AGREEMENT[task.plan.strategy] ?? "How much of the votes' weight is behind the leading answer."],
    ["Confidence", voted && typeof standing.confidence === "number" ? percent(standing.confidence) : "–", !voted ? none : typeof standing.confidence === "number" ? "that more votes would not change it" : "not told of a text", "The probability that asking many more would leave the leading answer where it is. It does not say that the answer is right."],
    ["Probably right", typeof right === "number" ? percent(right) : "unknown", typeof tokens === "number" ? `${percent(tokens)} by the voters' own tokens` : typeof right === "number" ? "by what feedback has taught" : "until enough feedback has taught it", "A calibrated estimate that the answer is right."],
    ["Votes", task.result ? amount(task.progress.voted) : `${amount(task.progress.voted)} of ${amount(task.progress.asked)}`, [task.progress.abstained && count(task.progress.abstained, "abstention"), count(task.progress.waves, "wave")].filter(Boolean).join(", "), "Votes that count. Seats that brought none have abstained."],
    (knownCost(task.usage) !== null || task.usage.output_tokens || !task.result) && ["Cost", cost(task.usage), [`${count(task.usage.calls, "call")}${task.usage.uncertain_calls ? ` and perhaps ${amount(task.usage.uncertain_calls)} more` : ""}, ${amount(task.usage.input_tokens + task.usage.output_tokens)} tokens`, whyUntold(task)].filter(Boolean).join("; "), "What the calls to models cost, where their prices are known."],
    ["Time", seconds((ended - begun) / 1000), !task.result ? "so far" : outcome === "CANCELLED" ? "until it was cancelled" : "from asking to the result", ""],
  ].filter(Boolean);
  // Of no vote, and of what was given up, there is no agreement to tell.
  const told = outcome === "CANCELLED" || (task.result && !voted) ? shown.slice(RANKED) : shown;
  return html`<dl class="figures">${told.map(([name, value, about, title], index) => html`<div ?data-first=${told === shown && index < RANKED} ?data-unknown=${value === "unknown" || value === "–"} title=${title}><dt>${name}</dt><dd>${value}</dd><dd class="about">${about}</dd></div>`)}</dl>`;
}

function compared(view) {
  const { task, seats } = view;
  const { usage, result, plan } = task;
  const votes = [...seats.values()].filter((ballot) => "answer" in ballot);
  if (!result || !votes.length || !usage.calls || !task.waves.length) return "";
  const known = knownCost(usage);
  const each = known === null ? null : known / usage.calls;
  const times = votes.map((ballot) => {
    const wave = task.waves.find((asked) => asked.first_seat <= ballot.seat && ballot.seat < asked.first_seat + asked.seats);
    return wave ? (Date.parse(ballot.at) - Date.parse(wave.at)) / 1000 : NaN;
  }).filter(Number.isFinite).sort((one, other) => one - other);
  const { begun, ended } = span(task, state.now);
  const estimate = (calls) => (each === null ? "unknown" : dollars(each * calls));
  const rows = [
    ["One call", 1, estimate(1), times[Math.floor(times.length / 2)], "nobody to disagree"],
    ["This panel", usage.calls, cost(usage), (ended - begun) / 1000, usage.calls_saved === null ? "not decided" : usage.calls_saved ? `${count(usage.calls_saved, "call")} saved` : "no call saved"],
    [`Always ${plan.max_votes}`, plan.max_votes, estimate(plan.max_votes), times.at(-1), "whether needed or not"],
  ];
  return html`<section aria-labelledby="compared-title"><h2 id="compared-title">Beside one call, and beside always ${plan.max_votes}</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="What it cost, compared"><table class="compared"><thead><tr><th scope="col"></th><th scope="col">Calls</th><th scope="col">Money</th><th scope="col">Time</th><th scope="col"></th></tr></thead>
    <tbody>${rows.map(([name, calls, money, time, about], index) => html`<tr ?data-own=${index === 1}><th scope="row">${name}</th><td>${amount(calls)}</td><td>${money}</td><td>${seconds(time)}</td><td class="about">${about}</td></tr>`)}</tbody></table></div>
    <p class="note">The other two are estimates from this task's own calls: their mean cost, the median and the slowest time.</p>
  </section>`;
}

const WHOLE = {
  structured: "These are whole answers. What must agree is each field by itself.",
  text: "These are whole texts. What counts is how far others support what each of them says.",
};
const ANSWERS = 8; // that stand open; a longer tail is folded

function answers(view) {
  const { task, tallies } = view;
  const standing = task.result ?? tallies.at(-1);
  const groups = standing?.groups ?? [];
  const places = marks(groups, Boolean(task.result));
  const first = groups[0];
  const isWhole = !hasParts(task.plan); // else the share of a whole answer decides nothing
  // Where only one or two more would be folded, they stand open too.
  const tail = groups.length > ANSWERS + 2 ? groups.slice(ANSWERS) : [];
  const [votes, share] = ["votes", "share"].map((name) => tail.reduce((sum, group) => sum + group[name], 0));
  const answer = ({ group, index }) => html`<li data-group=${colour(places[index])}>
    <div class="row"><span class="text">${chip(places[index])} ${index ? differing(group.answer, first.answer) : line(group.answer, 400)}</span>
      <span class="count">${count(group.votes, "vote")} · ${percent(group.share)}</span></div>
    <div class="track"><span class="fill" .style=${`width:${group.share * 100}%`}></span>
      ${isWhole ? html`<span class="mark" .style=${`left:${standing.min_agreement * 100}%`} title=${`${percent(standing.min_agreement)} needed`}></span>` : ""}</div>
  </li>`;
  const listed = (from, to) => repeat(groups.map((group, index) => ({ group, index })).slice(from, to), ({ index }) => places[index], answer);
  return html`<section aria-labelledby="groups-title"><h2 id="groups-title">${groups.length > 1 ? "Answers" : "Answer"}${groups.length ? "" : "s"}</h2>
    ${groups.length ? "" : html`<p class="note">No vote yet.</p>`}
    <ol class="groups">${tail.length ? listed(0, ANSWERS) : listed(0)}</ol>
    ${tail.length
      ? html`<button class="link" aria-expanded=${Boolean(view.allAnswers)} aria-controls="tail" @click=${() => { view.allAnswers = !view.allAnswers; update(); }}>${view.allAnswers ? "Fewer answers" : `and ${count(tail.length, "more answer")}, of ${count(votes, "vote")}, ${percent(share)} in all`}</button>
          <ol class="groups" id="tail" start=${ANSWERS + 1} ?hidden=${!view.allAnswers}>${view.allAnswers ? listed(ANSWERS) : ""}</ol>`
      : ""}
    ${groups.length ? html`<p class="note">${isWhole ? `The upright line is the ${percent(standing.min_agreement)} that must agree.` : WHOLE[task.plan.strategy]}${groups.slice(1, tail.length ? ANSWERS : undefined).some((group) => isMarked(group.answer, first.answer)) ? " Marked words differ from the leader." : ""}</p>` : ""}
  </section>`;
}

// What an answer was read as, where its kind has another name in plain words.
const KINDS = { truth: "yes or no", quantity: "a quantity", choice: "a choice", phrase: "words", several: "several answers", row: "several answers", date: "a date", clock: "a time", identifier: "an identifier", code: "code", mathematics: "mathematics", span: "a range" };

// What a seat brought, whole; loaded when somebody first looks.
const full = (view) => (seat) => {
  const ballot = view.votes?.get(String(seat));
  if (!ballot) return html`<p class="note">Loading …</p>`;
  const asAnswer = clean(ballot.text).trim() === clean(ballot.answer).trim();
  const facts = [
    ballot.model && `model ${clean(ballot.model)}`,
    `voter ${clean(ballot.voter)}`,
    typeof ballot.confidence === "number" && `${percent(ballot.confidence)} sure`,
    ballot.seconds !== null && seconds(ballot.seconds),
    `${amount(ballot.usage.input_tokens)} tokens in, ${amount(ballot.usage.output_tokens)} out`,
    dollars(ballot.usage.cost_usd),
    ballot.usage.calls > 1 && `${ballot.usage.calls} attempts`,
  ];
  return html`${ballot.kind === "vote"
      ? html`${rich(ballot.text, view.whole.has(seat), () => { view.whole.add(seat); update(); })}
          ${asAnswer ? "" : html`<p class="read"><span>Read as${ballot.value ? ` ${KINDS[ballot.value.kind] ?? ballot.value.kind}` : ""}</span> <bdi>${clean(ballot.answer).slice(0, 2000)}</bdi></p>`}`
      : html`<p>${line(ballot.detail || reason(ballot.reason), 500)}</p>`}
    <p class="note">${facts.filter(Boolean).join(" · ")}</p>`;
};

function panel(view, groups) {
  const { task } = view;
  if (!task.progress.asked) return html`<p class="note">Waiting for a worker to take it.</p>`;
  const late = [...(view.votes?.values() ?? [])].filter((ballot) => !ballot.counted);
  return html`<section aria-labelledby="panel-title"><h2 id="panel-title">The panel, seat by seat</h2>
    ${lanes(view, groups, state.now, (seat) => openSeat(view, seat), full(view))}
    <p class="note">A bar runs from when a worker took the seat to its answer, in the colour of that; thin, while it was queued; the
      notch is the answer's first word. Choose a seat to read all that it said.
      ${task.seats?.hedged.length ? "×2: a straggler that was asked a second time." : ""}
      ${[...view.seats.values()].some((ballot) => ballot.calls > 1) ? "↻: attempts at its model." : ""}
      ${task.waves.length > 1 ? "A dashed line begins another wave." : ""}
      ${late.length ? `${count(late.length, "ballot")} came after the end and did not count.` : ""}</p>
  </section>`;
}

const why = (task) => html`<section aria-labelledby="plan-title"><h2 id="plan-title">${planTitle(task)}</h2>
  <ul class="plan">${planned(task.plan).map((told) => html`<li>${told}</li>`)}</ul>
  <details><summary>Why this plan</summary><p class="note">${line(task.plan.reason, 900)}</p></details>
</section>`;

const RESULTS = { CONSENSUS: consensus, NO_CONSENSUS: noConsensus, FAILED: failed, CANCELLED: failed };

function otherKey() {
  state.wantsKey = true;
  update();
  requestAnimationFrame(() => document.getElementById("key").focus());
}

// What may have become of a task that is not there, and the way on.
const missing = (view) => html`<article class="page">
  <h1>${view.isErased ? "This task was erased" : "There is no such task here"}</h1>
  ${view.isErased
    ? html`<p class="lead" role="alert">Its question, votes and result are gone for good. Nothing of it was kept.</p>`
    : html`<p class="lead" role="alert">You have no task <code>${clean(view.id).slice(0, 130)}</code>. It may be that</p>
        <ul class="plan">
          <li>somebody else asked it, or you did with another key: you see your own tasks only;${state.hasKey ? html` <button class="link" @click=${otherKey}>use another key</button>` : ""}</li>
          <li>it is older than this service keeps its tasks;</li>
          <li>its address was copied in part.</li>
        </ul>`}
  <p><a class="button" href="#/">Your tasks</a></p>
</article>`;

export function shown(view) {
  const { task } = view;
  if (view.isMissing) return missing(view);
  if (!task) {
    return html`<article class="task">${state.trouble.page ? html`<p class="trouble" role="alert">${state.trouble.page}</p>` : html`<p class="note">Loading …</p>`}</article>`;
  }
  const standing = task.result ?? view.tallies.at(-1);
  const groups = bySeat(standing?.groups ?? [], Boolean(task.result));
  return html`<article class="task">
    <a class="back" href="#/">${icon("back")} Tasks</a>
    ${state.trouble.page ? html`<p class="trouble" role="alert">${state.trouble.page}</p>` : ""}
    ${head(view)}
    ${deadline(task)}
    ${task.result ? RESULTS[task.result.outcome](view) : ""}
    ${figures(view)}
    ${task.result && !task.progress.voted
      ? ""
      : html`<div class="two">
          ${answers(view)}
          <section aria-labelledby="moved-title"><h2 id="moved-title">Vote by vote</h2>${chart(view.tallies, task.result)}</section>
        </div>`}
    ${panel(view, groups)}
    ${compared(view)}
    ${why(task)}
    <p class="note">Task <code>${task.id}</code>${Object.entries(task.metadata).map(([name, value]) => html` · ${line(`${name}=${value}`, 120)}`)}</p>
  </article>`;
}

export { question };
