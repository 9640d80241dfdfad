// What is about many tasks: the desk for what the panel could not settle, figures over time, workers.

import { post, read, taskPath } from "./api.js";
import { chip, colour, marks } from "./groups.js";
import { icon } from "./icons.js";
import { html, svg } from "./lit-html/lit-html.js";
import { repeat } from "./lit-html/directives/repeat.js";
import { differing, line } from "./rich.js";
import { state, update } from "./state.js";
import { asTable, region } from "./tables.js";
import { ago, amount, count, dollars, percent, seconds, STATES, trouble } from "./words.js";

const AT_ONCE = 10; // tasks whose answers the desk shows
const RIVALS = 4; // answers that stand side by side

// ---- the desk ----

export async function openDesk() {
  state.desk = { waiting: null, decided: [], token: "", error: "" };
  update();
  await moreDesk();
}

async function moreDesk() {
  const { desk } = state;
  try {
    const asked = new URLSearchParams({ unsettled: "true", everyone: "true", page_size: AT_ONCE, page_token: desk.token });
    const page = await read(`v1/tasks?${asked}`);
    const whole = await Promise.all(page.tasks.map(async ({ id, owner }) => ({ ...(await read(taskPath(id))), owner })));
    desk.owners = new Set([...(desk.owners ?? []), ...page.tasks.map((task) => task.owner)]);
    desk.waiting = [...(desk.waiting ?? []), ...whole];
    desk.token = page.next_page_token;
  } catch (error) {
    if (error.status === 401) state.wantsKey = true;
    desk.error = trouble(error);
  }
  update();
}

async function decide(task, said) {
  try {
    task.feedback = await post(taskPath(task.id, "/feedback"), said);
    state.desk.error = "";
  } catch (error) {
    state.desk.error = trouble(error);
  }
  update();
}

const rival = (task, places) => (group, index) => html`<div class="rival" data-group=${colour(places[index])}>
  <p class="share">${chip(places[index])} ${count(group.votes, "vote")} · ${percent(group.share)}</p>
  <div class="text">${index ? differing(group.answer, task.result.groups[0].answer) : line(group.answer, 600)}</div>
  <button @click=${() => decide(task, index ? { correct: false, answer: group.answer } : { correct: true })}>This one</button>
</div>`;

const waiting = (task) => {
  const { result, feedback } = task;
  const told = feedback && (feedback.answer ?? (feedback.correct ? result.answer : "none of these"));
  return html`<li class="case" tabindex="-1">
    <p class="asked"><a href=${`#/tasks/${task.id}`}>${line(task.prompt ?? task.messages.findLast((m) => m.role === "user").content, 300)}</a></p>
    <p class="note">${result.outcome === "NO_CONSENSUS" ? "No consensus" : "Agreed, and improbable"} · ${percent(result.agreement)} agree, ${percent(result.min_agreement)} needed · ${ago(task.created_at, state.now) === "now" ? "just now" : `${ago(task.created_at, state.now)} ago`}${state.desk.owners.size > 1 ? html` · asked by ${line(task.owner, 60)}` : ""}</p>
    ${told
      ? html`<p class="decided">${icon("check")} Decided: <q>${line(told, 200)}</q>${feedback.by ? html` by ${feedback.by === state.owner ? "you" : line(feedback.by, 60)}` : ""} <button class="link" @click=${() => { task.feedback = null; update(); }}>Change</button></p>`
      : html`<div class="rivals">${result.groups.slice(0, RIVALS).map(rival(task, marks(result.groups, true)))}</div>
          ${result.groups.length > RIVALS ? html`<p class="note"><a href=${`#/tasks/${task.id}`}>and ${count(result.groups.length - RIVALS, "more answer")}</a></p>` : ""}
          <form class="other" @submit=${(event) => { event.preventDefault(); decide(task, { correct: false, answer: event.target.elements.right.value }); }}>
            <label>None of these: <input name="right" required maxlength="16000" autocomplete="off" placeholder="what is right"></label><button>Keep</button>
          </form>`}
  </li>`;
};

// Keys: from case to case, and one of the answers of the case that has the focus.
export function nextCase(by) {
  const cases = [...document.querySelectorAll(".case")];
  const at = cases.findIndex((one) => one.contains(document.activeElement));
  cases[at < 0 ? 0 : Math.min(cases.length - 1, Math.max(0, at + by))]?.focus();
}

export const choose = (number) =>
  document.activeElement.closest(".case")?.querySelectorAll(".rival button")[number - 1]?.click();

export const desk = () => {
  const { waiting: cases, token, error } = state.desk ?? {};
  const open = cases?.filter((task) => !task.feedback).length;
  return html`<section class="page"><h1>Desk</h1>
    <p class="lead">What the panel could not settle waits here for somebody's decision. The result stays as it is; the decision
      stands beside it, and the service learns from it.</p>
    ${error ? html`<p class="trouble" role="alert">${error}</p>` : ""}
    ${cases && !cases.length ? html`<p class="note">Nothing waits. ${icon("check")}</p>` : ""}
    ${cases?.length ? html`<p class="note" role="status">${count(open, "task")} of ${cases.length} shown ${open === 1 ? "waits" : "wait"} for a decision.</p>` : ""}
    ${cases ? html`<ol class="cases">${repeat(cases, (task) => task.id, waiting)}</ol>` : error ? "" : html`<p class="note">Loading …</p>`}
    ${token ? html`<button class="link" @click=${moreDesk}>Older ones</button>` : ""}
  </section>`;
};

// ---- figures over time ----

export async function openNumbers() {
  state.numbers ??= {};
  try {
    state.numbers = { told: await read("v1/statistics") };
  } catch (error) {
    if (error.status === 401) state.wantsKey = true;
    state.numbers = { error: trouble(error) };
  }
  update();
}

const WIDTH = 320;
const HEIGHT = 64;

// What is drawn over time: its name, its value in a period, how that is told, and whether it adds up.
const SERIES = [
  ["Tasks", (period) => period.tasks, amount, true],
  ["Agreement", (period) => period.agreement, percent],
  ["Abstentions, of seats asked", (period) => period.abstained, percent],
  ["Calls saved, of those allowed", (period) => period.saved, percent],
  ["Median time", (period) => period.seconds, seconds],
  ["Spend", (period) => period.cost_usd, dollars, true],
];

// How many seconds a period has at least, what it is called, and how its beginning is told.
const TIME = { hour: "2-digit", minute: "2-digit" };
const UNITS = [
  [86400, "each day", { month: "short", day: "numeric" }],
  [3600, "each hour", { weekday: "short", ...TIME }],
  [0, "each minute", TIME],
];

const unitOf = (told) => UNITS.find(([least]) => told.period_seconds >= least);

// A bar for each period, between zero and the highest; a share's scale is the whole.
const spark = (periods, when) => ([name, value, shown, adds]) => {
  const values = periods.map(value);
  const known = values.filter((v) => v !== null);
  const most = shown === percent ? 1 : Math.max(...known, 0);
  const wide = WIDTH / Math.max(periods.length, 1);
  const heaviest = periods.reduce((sum, p, i) => sum + (values[i] === null ? 0 : p.tasks), 0);
  // A total of what adds up; else the mean of the periods, each by its tasks.
  const whole = adds ? known.reduce((sum, v) => sum + v, 0) : periods.reduce((sum, p, i) => sum + (values[i] ?? 0) * p.tasks, 0) / heaviest;
  const tall = (v) => Math.max((v / (most || 1)) * HEIGHT, 1);
  const mean = known.length ? shown(whole) : "none";
  return html`<figure class="spark"><figcaption>${name} <b>${mean}</b></figcaption>
    <div class="plot" .style=${`max-width:${periods.length * 3 + 9}rem`}><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${`${name}: ${mean} ${adds ? "in all" : "on average"}, from ${when(periods[0])} to ${when(periods.at(-1))}; at most ${known.length ? shown(Math.max(...known)) : "none"} in one`}>
      ${values.map((v, i) => !v ? "" : svg`<rect x=${i * wide + wide * 0.05} width=${wide * 0.9} y=${HEIGHT - tall(v)} height=${tall(v)}><title>${`${when(periods[i])}: ${shown(v)}`}</title></rect>`)}
    </svg><div class="scale" aria-hidden="true"><span>${most ? shown(most) : ""}</span><span>${shown(0)}</span></div>
      <div class="times" aria-hidden="true"><span>${when(periods[0])}</span>${periods.length > 1 ? html`<span>${when(periods.at(-1))}</span>` : ""}</div></div></figure>`;
};

export const numbers = () => {
  const { told, error } = state.numbers ?? {};
  if (!told) return html`<section class="page"><h1>Numbers</h1>${error ? html`<p class="trouble" role="alert">${error}</p>` : html`<p class="note">Loading …</p>`}</section>`;
  const { tasks, periods, outcomes, voters, calibration } = told;
  const [, each, clock] = unitOf(told);
  const when = (period) => new Date(period.from).toLocaleString(undefined, clock);
  const unpriced = periods.reduce((sum, period) => sum + period.unpriced, 0);
  return html`<section class="page"><h1>Numbers</h1>
    <p class="lead">${tasks ? `Your last ${count(tasks, "finished task")}.` : html`No task has finished yet. <a href="#/">Ask a question</a>: this page tells how tasks end, how far the panel agrees, what is saved and spent.`}</p>
    ${tasks ? html`<ul class="outcomes">${Object.keys(STATES).filter((name) => outcomes[name]).map((name) => [name, outcomes[name]]).map(([name, number]) => html`<li data-tone=${STATES[name].tone}>${icon(STATES[name].icon)} ${STATES[name].word} <b>${amount(number)}</b> <span>${percent(number / tasks)}</span></li>`)}</ul>
    <h2>Over time, a bar for ${each}</h2>
    <div class="sparks">${SERIES.map(spark(periods, when))}</div>
    ${asTable("Over time", ["From", ...SERIES.map(([name]) => name)], periods.map((period) => [when(period), ...SERIES.map(([, value, shown]) => (value(period) === null ? "–" : shown(value(period))))]))}
    ${unpriced ? html`<p class="note">The full cost of ${count(unpriced, "task")} is unknown: a call had no price, or was cut off.</p>` : ""}
    <h2>Voters</h2>
    ${voters.length ? region("Voters", html`<table><thead><tr><th scope="col">Voter</th><th scope="col">Votes</th><th scope="col">With the leader</th><th scope="col">Weight now</th></tr></thead>
      <tbody>${voters.map((voter) => html`<tr><th scope="row">${line(voter.voter, 60)}</th><td>${amount(voter.votes)}</td><td>${percent(voter.agreed)}</td><td>${voter.weight === null ? "as any other" : `× ${voter.weight.toFixed(2)}`}</td></tr>`)}</tbody></table>`)
      : html`<p class="note">Shown where a panel has several voters.</p>`}
    <h2>What it said against what feedback told</h2>
    ${calibration.length ? region("Calibration", html`<table><thead><tr><th scope="col">It said</th><th scope="col">Judged</th><th scope="col">Right</th></tr></thead>
      <tbody>${calibration.map((bin) => html`<tr><th scope="row">${percent(bin.low)} to ${percent(bin.high)}</th><td>${amount(bin.judged)}</td><td>${percent(bin.right)}</td></tr>`)}</tbody></table>
      <p class="note">By ${told.calibrated_by === "confidence" ? "confidence, since too little feedback was given for a probability" : "the probability that the answer is right"}.</p>`)
      : html`<p class="note">No feedback yet. Say of a few answers whether they are right, and this shows how far the figures can be trusted.</p>`}` : ""}
  </section>`;
};

// ---- workers ----

export async function openWorkers() {
  try {
    const response = await fetch("ready", { headers: state.headers() });
    const told = await response.json();
    if (response.status === 403) state.workers = { error: "Operators see the workers; CONSENSUS_OPERATORS names them." };
    else if (told.reason) state.workers = { error: trouble({ status: response.status, message: told.detail, keyed: state.hasKey }) };
    else state.workers = { told };
    if (response.status === 401) state.wantsKey = true;
  } catch (error) {
    state.workers = { error: trouble(error) };
  }
  update();
}

setInterval(() => state.route.name === "workers" && !document.hidden && openWorkers(), 3000);

// The parts of GET /ready, and what a worker's availability looks like.
const PARTS = { status: "Service", store: "Store", queue: "Queue", pool: "Workers" };
const AVAILABLE = { available: "good", busy: "live", draining: "doubt", offline: "bad" };

const megabytes = (bytes) => `${amount(Math.round(bytes / 1e6))} MB`;

export const workers = () => {
  const { told, error } = state.workers ?? {};
  return html`<section class="page"><h1>Workers</h1>
    ${error ? html`<p class="trouble" role="alert">${error}</p>` : ""}
    ${!told && !error ? html`<p class="note">Loading …</p>` : ""}
    ${told ? html`<ul class="outcomes">${Object.entries(told).filter(([, said]) => typeof said === "string" && said).map(([name, said]) => {
        const fine = said === "ok" || said === "ready";
        return html`<li data-tone=${fine ? "good" : "bad"}>${icon(fine ? "check" : "cross")} ${PARTS[name] ?? name} <b>${said}</b></li>`;
      })}</ul>` : ""}
    ${told?.workers?.length ? region("Workers", html`<table><thead><tr><th scope="col">Worker</th><th scope="col">Status</th><th scope="col">Seats in hand</th><th scope="col">CPU</th><th scope="col">Memory</th><th scope="col">Restarts</th></tr></thead>
      <tbody>${repeat(told.workers, (worker) => worker.worker, (worker) => html`<tr><th scope="row">${line(worker.worker, 40)}</th><td><span class="badge" data-tone=${AVAILABLE[worker.availability]}>${worker.availability}</span></td>
        <td><meter min="0" max=${worker.capacity || 1} .value=${worker.in_flight} aria-label="Seats in hand"></meter> ${worker.in_flight} of ${worker.capacity}</td>
        <td>${percent(worker.cpu)}</td><td>${megabytes(worker.memory_bytes)}</td><td ?data-some=${worker.restarts > 0}>${amount(worker.restarts)}</td></tr>`)}</tbody></table>`) : ""}
    ${told && !told.workers ? html`<p class="note">The cloud runs as many as the load asks for; its own monitoring shows them.</p>` : ""}
  </section>`;
};
