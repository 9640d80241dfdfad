// One task, followed: what it is, its ballots as they come, and how the tally moved.

import { events, read, taskPath } from "./api.js";
import { leaders } from "./groups.js";
import { announce, state, update } from "./state.js";
import { amount, percent, stateOf, trouble } from "./words.js";

const AGAIN_MS = 3000;
const TICK_MS = 250;

let following = new AbortController();

const viewOf = (id) => ({
  id,
  task: null,
  seats: new Map(), // the last that was heard of each seat, by its number
  tallies: [], // each tally, and at how many milliseconds after the task began
  after: undefined, // the last event's id
  votes: null, // every ballot whole, once somebody looks at one
  open: new Set(), // seats whose ballots are open
  whole: new Set(), // long texts that are shown whole
  busy: "", // what was asked for and has not happened yet
  note: "",
});

// Where a tally stands, for who hears it.
function standing({ votes, agreement, groups, parts }) {
  const [leader] = groups;
  const ahead = leaders(groups);
  const answer = `“${leader.answer.slice(0, 60)}”`;
  if (votes === 1) return `First vote in: ${answer}.`;
  if (parts) return `${amount(votes)} votes in: agreement ${percent(agreement)}.`;
  if (groups.length === 1) return `${amount(votes)} votes in, all for ${answer}.`;
  if (ahead.length > 1) return `${amount(votes)} votes in: ${amount(ahead.length)} answers tied at ${percent(leader.share)}.`;
  return `${amount(votes)} votes in: ${answer} leads with ${percent(leader.share)}.`;
}

function heard(view, { id, name, data }) {
  if (id !== undefined) view.after = Number(id);
  if (name === "vote" || name === "abstention") {
    view.seats.set(data.seat, data);
    view.heardAt = Date.parse(data.at);
  }
  if (name === "tally") {
    view.tallies.push({ ...data, at: view.heardAt });
    announce(standing(data));
  }
  if (name === "result") {
    view.task = { ...data, feedback: view.task?.feedback };
    view.votes = null;
    const { outcome, answer } = data.result;
    if (view.live) announce(outcome === "CONSENSUS" ? `Consensus: ${answer.slice(0, 120)}` : `${stateOf(data).word}.`);
    const { asked, voted, abstained } = data.progress;
    if (view.open.size || asked > voted + abstained) loadVotes(view); // some may have come late
  }
}

async function reload(view, signal) {
  if (view.reloading) return;
  view.reloading = true;
  try {
    const task = await read(taskPath(view.id), { signal });
    // What was said of it meanwhile stands.
    view.live ||= task.state !== "DONE"; // its end will be news
    if (view.task?.state !== "DONE" || task.state === "DONE") view.task = { ...task, feedback: view.task?.feedback ?? task.feedback };
  } finally {
    view.reloading = false;
  }
}

// The list heard of a change to the task: what it cost so far, and whether seats were asked, of which
// its own events do not tell. Only then is it read again: in the cloud that is a read for each ballot.
export async function noticed({ id, progress, seats, usage, result }) {
  const { view } = state;
  if (view?.id !== id || !view.task || view.task.state === "DONE" || result) return;
  view.task = { ...view.task, progress: { ...view.task.progress, voted: progress.voted, abstained: progress.abstained }, seats, usage };
  if (view.task.progress.asked !== progress.asked) await reload(view).catch(() => {}); // whoever follows it tries again
  update();
}

// A seat was heard; who is not known to have been asked belongs to a wave that is not known either.
async function counted(view, seat, signal) {
  const { task, seats } = view;
  if (task.state === "DONE") return;
  if (seat >= task.progress.asked) return reload(view, signal);
  const voted = [...seats.values()].filter((ballot) => "answer" in ballot).length;
  view.task = { ...task, progress: { ...task.progress, voted, abstained: seats.size - voted } };
}

export async function follow(id) {
  following.abort();
  if (!id) {
    state.view = null;
    return;
  }
  following = new AbortController();
  const { signal } = following;
  const view = (state.view = viewOf(id));
  state.trouble.page = "";
  update();
  let complete = false;
  while (!signal.aborted && !complete) {
    try {
      await reload(view, signal);
      update();
      for await (const event of events(taskPath(id, "/events"), { signal, after: view.after })) {
        if (event.name === "error") throw Object.assign(new Error(event.data.detail), { status: 503, reason: "UNAVAILABLE" });
        heard(view, event);
        complete ||= event.name === "result";
        if ("seat" in event.data) await counted(view, event.data.seat, signal);
        update();
      }
      state.trouble.page = "";
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) state.wantsKey = true;
      state.trouble.page = trouble(error);
      view.isErased = error.status === 410;
      view.isMissing = view.isErased || error.status === 404;
      update();
      if (error.status < 500) return;
    }
    if (!complete) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

export async function loadVotes(view) {
  const votes = new Map();
  let token = "";
  try {
    do {
      const page = await read(taskPath(view.id, `/votes?page_size=100&page_token=${token}`));
      for (const ballot of page.votes) votes.set(`${ballot.seat}${ballot.counted ? "" : "late"}`, ballot);
      token = page.next_page_token;
    } while (token);
    view.votes = votes;
  } catch (error) {
    view.note = trouble(error);
  }
  update();
}

// Bars and clocks move while a task is open.
setInterval(() => {
  const open = state.view?.task && state.view.task.state !== "DONE";
  if (document.hidden || !(open || Date.now() - state.now > 10_000)) return;
  state.now = Date.now();
  update();
}, TICK_MS);
