// The list of tasks: loaded by pages, kept live by one stream, closed while nobody looks.

import { events, read } from "./api.js";
import { noticed } from "./follow.js";
import { icon } from "./icons.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { repeat } from "./lit-html/directives/repeat.js";
import { line } from "./rich.js";
import { state, update } from "./state.js";
import { ago, count, moment, stateOf, trouble } from "./words.js";

const PAGE = 30;
const AGAIN_MS = 3000;
const SHOWN = {
  all: ["Everything", {}],
  running: ["Being asked", { state: "RUNNING" }],
  CONSENSUS: ["Consensus", { outcome: "CONSENSUS" }],
  NO_CONSENSUS: ["No consensus", { outcome: "NO_CONSENSUS" }],
  FAILED: ["Failed", { outcome: "FAILED" }],
  CANCELLED: ["Cancelled", { outcome: "CANCELLED" }],
};
const SINCE = { any: ["any time", 0], hour: ["last hour", 1], day: ["last day", 24], week: ["last week", 168] };

const { list } = state;

const since = () => {
  const hours = SINCE[list.filter.since][1];
  return hours ? new Date(Date.now() - hours * 3600e3).toISOString() : "";
};

// A filter with = in it is one metadata entry, which the service finds; other text is looked for in what is loaded.
const metadata = () => (/^[^=\s][^=]*=./.test(list.filter.text) ? list.filter.text : "");

function query(token = "") {
  const asked = { page_size: PAGE, ...SHOWN[list.filter.show][1] };
  if (since()) asked.since = since();
  if (metadata()) asked.metadata = metadata();
  if (token) asked.page_token = token;
  return new URLSearchParams(asked);
}

function fits(task) {
  const { show } = list.filter;
  if (show === "running" ? task.result : show !== "all" && task.result?.outcome !== show) return false;
  if (since() && task.created_at < since()) return false;
  if (metadata()) {
    const [name, ...value] = metadata().split("=");
    return task.metadata[name] === value.join("=");
  }
  return true;
}

let loads = 0; // the page of an earlier filter may come after that of a later one: it is not shown

export async function load() {
  const mine = ++loads;
  try {
    const page = await read(`v1/tasks?${query()}`);
    if (mine !== loads) return;
    list.tasks = new Map(page.tasks.map((task) => [task.id, task]));
    list.token = page.next_page_token;
    state.trouble.list = "";
  } catch (error) {
    failed(error);
  }
  list.loading = false;
  update();
}

async function more() {
  const mine = loads;
  try {
    const page = await read(`v1/tasks?${query(list.token)}`);
    if (mine !== loads) return;
    for (const task of page.tasks) list.tasks.set(task.id, task);
    list.token = page.next_page_token;
  } catch (error) {
    failed(error);
  }
  update();
}

function failed(error) {
  if (error.status === 401) {
    state.wantsKey = true; // its field says so, and what is wrong with a key that was sent
    if (error.keyed) state.keyTrouble ||= "Your API key is not accepted. Enter another.";
  }
  state.trouble.list = error.status === 401 ? "" : trouble(error);
}

let listening = new AbortController();

export async function listen() {
  listening.abort();
  listening = new AbortController();
  const { signal } = listening;
  while (!signal.aborted && !document.hidden) {
    try {
      for await (const { name, data } of events("v1/events", { signal })) {
        if (name === "listening") {
          state.owner = data.owner;
          await load();
        }
        if (name === "gone") list.tasks.delete(data.id);
        if (name === "task") {
          if (fits(data)) list.tasks.set(data.id, data);
          else list.tasks.delete(data.id);
          noticed(data);
        }
        update();
      }
    } catch (error) {
      if (signal.aborted) return;
      failed(error);
      update();
      if ([401, 403, 421].includes(error.status)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

document.addEventListener("visibilitychange", () => (document.hidden ? listening.abort() : listen()));

export const shown = () => {
  const text = metadata() ? "" : list.filter.text.trim().toLowerCase();
  return [...list.tasks.values()]
    .filter((task) => !text || `${task.prompt} ${task.result?.answer ?? ""}`.toLowerCase().includes(text))
    .sort((one, other) => (one.created_at < other.created_at ? 1 : -1));
};

export const hasFilter = () =>
  list.filter.show !== "all" || list.filter.since !== "any" || list.filter.text !== "";

function filter(change) {
  const before = query().toString();
  Object.assign(list.filter, change);
  update();
  if (query().toString() !== before) load();
}

const told = (task) => {
  const { result } = task;
  if (!result) return task.progress.asked ? `${task.progress.voted} of ${count(task.progress.asked, "vote")} in` : "waiting for a worker";
  // An answer stands alone only where the panel agreed.
  if (result.outcome === "CONSENSUS") return line(result.answer, 90);
  return stateOf(task).word;
};

const row = (task) => {
  const what = stateOf(task);
  return html`<li>
    <a class="row" href=${`#/tasks/${task.id}`} aria-current=${task.id === state.route.id ? "page" : nothing}>
      <span class="sign" data-tone=${what.tone} title=${what.word}>${icon(what.icon)}<span class="unseen">${what.word}: </span></span>
      <span class="asked">${line(task.prompt, 160)}</span>
      <time datetime=${task.created_at} title=${moment(task.created_at)}>${ago(task.created_at, state.now)}</time>
      <span class="told">${told(task)}</span>
    </a>
  </li>`;
};

const options = (all, chosen) =>
  Object.entries(all).map(([value, [name]]) => html`<option value=${value} ?selected=${value === chosen}>${name}</option>`);

export const listing = () => {
  const rows = shown();
  const text = list.filter.text && !metadata();
  return html`<section class="list" aria-label="Your tasks">
    <div class="filters">
      <label class="unseen" for="find">Find a task, by words or by name=value of its metadata</label>
      <input id="find" type="search" placeholder="Find, or name=value" autocomplete="off" .value=${list.filter.text}
        @input=${(event) => filter({ text: event.target.value })}>
      <select aria-label="Which tasks" @change=${(event) => filter({ show: event.target.value })}>${options(SHOWN, list.filter.show)}</select>
      <select aria-label="Since when" @change=${(event) => filter({ since: event.target.value })}>${options(SINCE, list.filter.since)}</select>
    </div>
    ${state.trouble.list ? html`<p class="trouble" role="alert">${state.trouble.list}</p>` : ""}
    ${text ? html`<p class="note">${rows.length} of the ${count(list.tasks.size, "task")} loaded here</p>` : ""}
    <ol id="tasks">${repeat(rows, (task) => task.id, row)}</ol>
    ${!rows.length && !list.loading && !state.trouble.list && !state.wantsKey
      ? html`<p class="note">${hasFilter() ? "No task fits." : "Nothing asked yet."}</p>`
      : ""}
    ${list.token ? html`<button class="link" @click=${more}>Older tasks</button>` : ""}
  </section>`;
};
