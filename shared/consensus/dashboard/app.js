// The dashboard: what the public API tells, shown live. All text from tasks and models goes in as
// text, never as markup.

const POLL_MS = 3000;
const MOST_LISTED = 100;
const TONES = { CONSENSUS: "good", NO_CONSENSUS: "doubt", FAILED: "bad", CANCELLED: "doubt" };

const byId = (id) => document.getElementById(id);
const percent = (share) => `${Math.round(share * 100)}%`;

// ---- the service ----

let key = sessionStorage.getItem("key") ?? "";

async function call(path, options = {}) {
  const headers = { ...options.headers, ...(key && { "X-API-Key": key }) };
  const response = await fetch(`v1/${path}`, { ...options, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  if (response.status === 401) byId("key-form").hidden = false;
  const detail = problem.detail ?? `The service answered ${response.status}.`;
  throw Object.assign(new Error(detail), { status: response.status });
}

const read = async (path, options) => (await call(path, options)).json();

const post = (path, body) =>
  read(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

async function* events(id, signal) {
  const response = await call(`tasks/${id}/events`, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => [line.split(":", 1)[0], line.replace(/^[^:]*: ?/, "")]),
      );
      if (fields.data) yield { name: fields.event, data: JSON.parse(fields.data) };
    }
  }
}

// ---- what is shown ----

const empty = () => ({ task: null, seats: new Map(), tally: null });

function heard(view, { name, data }) {
  if (name === "vote" || name === "abstention") view.seats.set(data.seat, data);
  if (name === "tally") view.tally = data;
  if (name === "result") view.task = data;
}

// ---- showing it ----

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const promptOf = (task) =>
  task.prompt ?? task.messages.findLast((message) => message.role === "user").content;

function showTasks(tasks) {
  byId("tasks").replaceChildren(
    ...tasks.map((task) => {
      const result = task.result;
      const state = result ? result.outcome.replace("_", " ").toLowerCase() : task.state.toLowerCase();
      const told = result?.answer ? `${state}: ${result.answer}` : state;
      const link = element(
        "a",
        { href: `#${task.id}` },
        element("span", { textContent: promptOf(task) }),
        element("span", { textContent: told }),
      );
      if (task.id === location.hash.slice(1)) link.setAttribute("aria-current", "true");
      return element("li", {}, link);
    }),
  );
}

function showTask({ task, seats, tally }) {
  byId("task").hidden = !task;
  byId("nothing").hidden = Boolean(task);
  if (!task) return;
  const { plan, result } = task;
  byId("question").textContent = promptOf(task);
  byId("plan").textContent =
    `${plan.strategy}, ${plan.min_votes} to ${plan.max_votes} votes, ` +
    `${percent(plan.min_agreement)} to agree. ${plan.reason}`;
  byId("cancel").hidden = Boolean(result);
  showResult(result);
  showFigures(task, result ?? tally);
  showGroups(result ?? tally);
  showSeats(task, seats);
}

function showResult(result) {
  byId("result").hidden = !result;
  if (!result) return;
  byId("result").dataset.tone = TONES[result.outcome];
  byId("outcome").textContent = `${result.outcome.replace("_", " ")} · ${result.close_reason}`;
  byId("answer").textContent = result.answer ?? "";
  byId("explanation").textContent = result.explanation;
}

function showFigures({ progress, usage, result }, standing) {
  const figures = {
    votes: `${progress.voted} of ${progress.asked} asked`,
    waves: progress.waves,
    ...(progress.voted && standing && {
      agreement: `${percent(standing.agreement)}, ${percent(standing.min_agreement)} needed`,
      confidence: standing.confidence.toFixed(2),
      "probably correct": standing.probability_correct?.toFixed(2),
      "probability by tokens": standing.answer_probability?.toFixed(2),
    }),
    calls: usage.calls,
    "calls saved": result && usage.calls_saved,
    tokens: usage.input_tokens + usage.output_tokens,
    cost: usage.cost_usd ? `$${usage.cost_usd.toFixed(4)}` : undefined,
  };
  byId("figures").replaceChildren(
    ...Object.entries(figures)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) =>
        element(
          "div",
          {},
          element("dt", { textContent: name }),
          element("dd", { textContent: value }),
        ),
      ),
  );
}

function showGroups(standing) {
  const groups = standing?.groups ?? [];
  byId("groups").replaceChildren(
    ...groups.map((group) => {
      const bar = element("i");
      bar.style.width = percent(group.share);
      const needed = element("b", { title: `needed: ${percent(standing.min_agreement)}` });
      needed.style.left = percent(standing.min_agreement);
      const votes = `${group.votes} ${group.votes === 1 ? "vote" : "votes"} · ${percent(group.share)}`;
      return element(
        "li",
        {},
        element(
          "div",
          { className: "said", title: group.answer },
          element("span", { textContent: group.answer }),
          element("span", { textContent: votes }),
        ),
        element("div", { className: "track" }, bar, needed),
      );
    }),
  );
  if (!groups.length) {
    byId("groups").append(element("li", { textContent: "no vote", className: "small" }));
  }
}

function showSeats({ progress, result }, seats) {
  const numbers = Array.from({ length: progress.asked }, (_, seat) => seat);
  byId("seats").replaceChildren(
    ...numbers.map((seat) => {
      const ballot = seats.get(seat);
      const [tone, told] = spoken(ballot, result);
      const sure = ballot?.confidence == null ? "" : ` · ${percent(ballot.confidence)} sure`;
      const who = `seat ${seat}${sure}${ballot ? ` · ${ballot.model || ballot.voter}` : ""}`;
      const shown = element(
        "li",
        { title: ballot?.answer ?? ballot?.detail ?? "" },
        element("span", { textContent: told }),
        element("span", { textContent: who }),
      );
      if (tone) shown.dataset.tone = tone;
      return shown;
    }),
  );
}

function spoken(ballot, result) {
  if (!ballot) return result ? ["", "no answer came"] : ["live", "thinking"];
  if ("answer" in ballot) return ["good", ballot.answer];
  return ["bad", ballot.reason.replaceAll("_", " ").toLowerCase()];
}

function showWorkers(workers) {
  byId("workers").hidden = !workers?.length;
  if (!workers) return;
  const states = Object.entries(Object.groupBy(workers, (worker) => worker.availability));
  const told = states.map(([state, those]) => `${those.length} ${state}`).join(", ");
  const seats = workers.reduce((sum, worker) => sum + worker.in_flight, 0);
  byId("workers").textContent = `workers: ${told} · ${seats} ${seats === 1 ? "seat" : "seats"} in hand`;
}

function trouble(error, from = "task") {
  byId("trouble").dataset.from = from;
  byId("trouble").hidden = !error;
  byId("trouble").textContent = error?.message ?? "";
}

// ---- doing it ----

let listed = 20;
let following = new AbortController();

async function follow() {
  following.abort();
  following = new AbortController();
  const { signal } = following;
  const id = location.hash.slice(1);
  const view = empty();
  showTask(view);
  refresh();
  while (id && !signal.aborted && view.task?.state !== "DONE") {
    try {
      view.task = await read(`tasks/${encodeURIComponent(id)}`, { signal });
      showTask(view);
      for await (const event of events(id, signal)) {
        if (event.name === "error") throw new Error(event.data.detail);
        heard(view, event);
        if (view.task.state !== "DONE" && "seat" in event.data) {
          view.task = await read(`tasks/${id}`, { signal });
        }
        showTask(view);
      }
      trouble();
    } catch (error) {
      if (signal.aborted) return;
      trouble(error);
      const refused = error.status < 500;
      if (refused) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  refresh();
}

async function lookAtWorkers() {
  const headers = key ? { "X-API-Key": key } : {};
  const ready = await fetch("ready", { headers }).then((reply) => reply.json()).catch(() => ({}));
  showWorkers(ready.workers);
}

async function refresh() {
  lookAtWorkers();
  try {
    const page = await read(`tasks?page_size=${listed}`);
    showTasks(page.tasks);
    byId("more").hidden = !page.next_page_token || listed === MOST_LISTED;
    if (byId("trouble").dataset.from === "list") trouble();
  } catch (error) {
    trouble(error, "list");
  }
}

byId("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = byId("ask").querySelector(".primary");
  button.disabled = true;
  try {
    const options = { strategy: byId("strategy").value };
    for (const name of ["min_votes", "max_votes", "min_agreement"]) {
      if (byId(name).value) options[name] = Number(byId(name).value);
    }
    const task = await post("tasks", { prompt: byId("prompt").value, ...options });
    trouble();
    byId("prompt").value = "";
    location.hash = task.id;
  } catch (error) {
    trouble(error);
  } finally {
    button.disabled = false;
  }
});

byId("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("ask").requestSubmit();
});

byId("cancel").addEventListener("click", () =>
  post(`tasks/${location.hash.slice(1)}/cancel`).catch(trouble),
);

byId("more").addEventListener("click", () => {
  listed = MOST_LISTED;
  refresh();
});

byId("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = byId("key").value;
  sessionStorage.setItem("key", key);
  byId("key-form").hidden = true;
  trouble();
  follow();
});

addEventListener("hashchange", follow);
setInterval(() => document.hidden || refresh(), POLL_MS);
follow();
