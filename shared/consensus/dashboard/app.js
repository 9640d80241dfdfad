// The page: where one is, what stands around it, and the keys. All text from tasks and models goes in
// as text, never as markup.

import { hasKey, onKey, tryKey, useKey } from "./api.js";
import { asking } from "./ask.js";
import { follow } from "./follow.js";
import { places, showIcon } from "./frame.js";
import { icon } from "./icons.js";
import { listen, listing, shown as rowsShown } from "./list.js";
import { html, nothing, render } from "./lit-html/lit-html.js";
import { choose, desk, nextCase, numbers, openDesk, openNumbers, openWorkers, workers } from "./pages.js";
import { announce, onUpdate, state, update } from "./state.js";
import { question, shown } from "./task.js";
import { clean, learnReasons, stateOf, trouble } from "./words.js";

const PAGES = {
  desk: ["Desk", desk, openDesk],
  numbers: ["Numbers", numbers, openNumbers],
  workers: ["Workers", workers, openWorkers],
};
const nowhere = () => html`<article class="page">
  <h1>There is no such page</h1>
  <p class="lead" role="alert">Nothing is at <code>${clean(location.hash).slice(0, 130)}</code>. A link that was copied in part leads here.</p>
  <p class="bar"><a class="button" href="#/">Ask the panel</a>${Object.entries(PAGES).map(([name, [title]]) => html`<a class="button" href=${`#/${name}`}>${title}</a>`)}</p>
</article>`;
const THEMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
const SHORTCUTS = [
  ["n", "A new question"],
  ["j k", "Next, previous task or case"],
  ["/", "Find a task"],
  ["d", "The desk"],
  ["1 2 3 4", "At the desk: this answer of the case"],
  ["?", "These keys"],
  ["Esc", "Leave a field, close a dialog"],
];

Object.defineProperty(state, "hasKey", { get: hasKey });
state.headers = () => (hasKey() ? { "X-API-Key": sessionStorage.getItem("key") } : {});

// ---- where one is ----

function route() {
  const [name, id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  if (name === "tasks" && id) return { name: "task", id: decoded(id) };
  if (!name || name === "tasks") return { name: "ask", id: "" };
  return { name: Object.hasOwn(PAGES, name) ? name : "nowhere", id: "" };
}

function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // an address that was copied in part: no task has it
  }
}

function go() {
  const before = state.route;
  state.route = route();
  state.asking.error = "";
  const { name, id } = state.route;
  if (name === "task" || before.name === "task") follow(id);
  PAGES[name]?.[2]();
  update();
  if (before.name !== name || before.id !== id) {
    scrollTo(0, 0);
    requestAnimationFrame(() => {
      document.getElementById(state.focus || "main")?.focus({ preventScroll: true });
      state.focus = "";
    });
  }
}

function title() {
  const { name } = state.route;
  const task = name === "task" ? state.view?.task : null;
  if (name === "task" && state.view?.isMissing) return "No such task · Consensus";
  if (name === "nowhere") return "No such page · Consensus";
  if (!task) return name in PAGES ? `${PAGES[name][0]} · Consensus` : "Consensus";
  return `${stateOf(task).sign} ${clean(question(task)).replace(/\s+/g, " ").slice(0, 60)} · Consensus`;
}

// ---- what stands around it ----

const theme = () => localStorage.getItem("theme") ?? "auto";
function turn() {
  const names = Object.keys(THEMES);
  const next = names[(names.indexOf(theme()) + 1) % names.length];
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
  announce(THEMES[next]);
  update();
}
document.documentElement.dataset.theme = theme();

// A key is kept, and told to the other tabs, once the service has taken it.
async function enter(event) {
  event.preventDefault();
  const field = event.target.elements.key;
  state.keyTrouble = "";
  update();
  try {
    await tryKey(field.value);
  } catch (error) {
    state.keyTrouble = error.status === 401 ? "This key is not accepted. Check it, or enter another." : error.status ? trouble(error) : "The service cannot be reached. Try again.";
    update();
    field.select();
    return;
  }
  useKey(field.value);
}

const top = () => html`<header class="top">
  ${places(state.route.name)}
  <div class="tools">
    ${state.demo ? html`<span class="badge" data-tone="quiet" title="No model is configured: scripted answers">Demo</span>` : ""}
    ${hasKey() ? html`<button class="icon-button" @click=${() => useKey("")} title="Forget the API key" aria-label="Sign out: forget the API key">${icon("key")}</button>` : ""}
    <button class="icon-button" @click=${turn} title=${THEMES[theme()]} aria-label=${THEMES[theme()]}>${icon("theme")}</button>
    <button class="icon-button" @click=${showKeys} title="Keys" aria-label="Keyboard shortcuts">?</button>
  </div>
</header>
${state.wantsKey
  ? html`<form class="key" @submit=${enter}><label for="key">API key</label>
      <input id="key" name="key" type="password" autocomplete="off" required pattern="[ -~]+" title="ASCII characters only"
        aria-invalid=${state.keyTrouble ? "true" : nothing} aria-describedby="key-told"><button class="primary">Use it</button>
      <span id="key-told" role="status">${state.keyTrouble ? html`<span class="trouble">${state.keyTrouble}</span>` : html`<span class="note">This service asks for an API key. Yours is kept until you close the browser.</span>`}</span></form>`
  : ""}`;

function showKeys() {
  state.dialog = { title: "Keys", keys: true };
  update();
}

function toggleKeys() {
  state.keys = !state.keys;
  localStorage.setItem("keys", state.keys ? "on" : "off");
  update();
}

async function copy() {
  const area = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(state.dialog.text);
    state.dialog.done = true;
    announce("Copied");
  } catch {
    area.select(); // without a secure origin a page may not copy by itself
  }
  update();
}

function close() {
  if (!state.dialog) return;
  state.dialog = null;
  update();
}

const showDialog = () => {
  const told = state.dialog;
  if (!told) return html`<dialog id="dialog" @close=${close}></dialog>`;
  return html`<dialog id="dialog" aria-labelledby="dialog-title" @close=${close} @click=${(event) => event.target.id === "dialog" && close()}>
    <div class="inside">
    <h2 id="dialog-title">${told.title}</h2>
    ${told.words ? html`<p>${told.words}</p>` : ""}
    ${told.text !== undefined ? html`<textarea id="copied" aria-label=${told.title} readonly rows=${Math.min(18, told.text.split("\n").length + 1)} .value=${clean(told.text)}></textarea>` : ""}
    ${told.keys ? html`<dl class="shortcuts">${SHORTCUTS.map(([keys, does]) => html`<div><dt>${keys.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${does}</dd></div>`)}</dl>
      <label class="check"><input type="checkbox" .checked=${state.keys} @change=${toggleKeys}> Single keys work on this page</label>` : ""}
    <div class="bar">
      <button @click=${close}>${told.act ? "Keep it" : "Close"}</button>
      ${told.text !== undefined ? html`<button class="primary" @click=${copy}>${told.done ? "Copied" : "Copy"}</button>` : ""}
      ${told.act ? html`<button class="primary danger" @click=${() => { close(); told.act(); }}>${told.action}</button>` : ""}
    </div></div>
  </dialog>`;
};

function content() {
  const { name } = state.route;
  if (name === "task" && state.view) return shown(state.view);
  if (name in PAGES) return PAGES[name][1]();
  if (name === "nowhere") return nowhere();
  return asking(!state.list.loading && !state.list.tasks.size && !state.trouble.list && !state.wantsKey);
}

function draw() {
  render(
    html`${top()}
      <div class="columns" data-page=${state.route.name}>
        ${listing()}
        <main id="main" tabindex="-1">${content()}</main>
      </div>
      ${showDialog()}`,
    document.getElementById("app"),
  );
  const dialog = document.getElementById("dialog");
  if (state.dialog && !dialog.open) {
    dialog.showModal();
    const copied = document.getElementById("copied");
    copied?.setSelectionRange(0, 0);
    copied?.scrollTo(0, 0); // the focus has moved it to its end
  }
  if (!state.dialog && dialog.open) dialog.close();
  document.title = title();
  const task = state.route.name === "task" ? state.view?.task : null;
  showIcon(task ? stateOf(task).tone : "live");
}

// ---- keys ----

function step(by) {
  const rows = rowsShown();
  const place = rows.findIndex((task) => task.id === state.route.id);
  const next = rows[place < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, place + by))];
  if (next) location.hash = `/tasks/${next.id}`;
}

const KEYS = {
  n: () => {
    const prompt = document.getElementById("ask-prompt");
    if (prompt) return prompt.focus();
    state.focus = "ask-prompt";
    location.hash = "/";
  },
  j: () => (state.route.name === "desk" ? nextCase(1) : step(1)),
  k: () => (state.route.name === "desk" ? nextCase(-1) : step(-1)),
  ...Object.fromEntries([1, 2, 3, 4].map((number) => [number, () => choose(number)])),
  "/": () => document.getElementById("find").focus(),
  d: () => (location.hash = "/desk"),
  "?": showKeys,
};

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && writes) event.target.blur();
  if (writes || event.ctrlKey || event.metaKey || event.altKey || state.dialog || !state.keys) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

onUpdate(draw);
onKey(() => {
  if (hasKey()) state.wantsKey = false;
  state.keyTrouble = "";
  state.owner = "";
  listen();
  go();
  if (state.view) follow(state.view.id);
});
addEventListener("hashchange", go);
// Its address stands for the page, and is not to be changed by a jump within it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
go();
listen();
fetch("dashboard/about.json")
  .then((response) => response.json())
  .then(({ demo, reasons }) => {
    state.demo = demo;
    learnReasons(reasons);
    update();
  })
  .catch(() => {});
