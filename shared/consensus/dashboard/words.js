// Figures and words, the same wherever they stand. `figures.py` has their twins for the terminal.

export const percent = (value) => {
  if (typeof value !== "number") return "unknown";
  if (value >= 1) return "100%";
  if (value <= 0) return "0%";
  if (value > 0.999) return ">99.9%";
  if (value < 0.001) return "<0.1%";
  return value > 0.99 || value < 0.01 ? `${(value * 100).toFixed(1)}%` : `${Math.round(value * 100)}%`;
};

export const amount = (number) => (number ?? 0).toLocaleString("en-US");

export const count = (number, noun) => `${amount(number)} ${noun}${number === 1 ? "" : "s"}`;

// How many, as a word begins a sentence.
const NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
export const many = (number, noun) => `${NUMBERS[number] ?? amount(number)} ${noun}${number === 1 ? "" : "s"}`;

export const dollars = (value) => {
  if (typeof value !== "number") return "unknown";
  if (value === 0) return "$0";
  if (value >= 0.1) return `$${value.toFixed(2)}`;
  return value >= 1e-4 ? `$${Number(value.toPrecision(2))}` : `$${value.toExponential(1)}`;
};

export const seconds = (value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) return "unknown";
  if (value < 10) return `${Math.max(0, value).toFixed(1)} s`;
  if (value < 90) return `${Math.round(value)} s`;
  return value < 5400 ? `${Math.round(value / 60)} min` : `${(value / 3600).toFixed(1)} h`;
};

// What is left of a time, which runs down to the second.
export const clock = (value) =>
  value < 90 ? seconds(value) : `${Math.floor(value / 60)} min ${String(Math.floor(value % 60)).padStart(2, "0")} s`;

export const ago = (moment, now) => {
  const passed = (now - Date.parse(moment)) / 1000;
  if (passed < 5) return "now";
  if (passed < 60) return `${Math.floor(passed)} s`;
  if (passed < 3600) return `${Math.floor(passed / 60)} min`;
  if (passed < 86400) return `${Math.floor(passed / 3600)} h`;
  return new Date(moment).toLocaleDateString(undefined, { month: "short", day: "numeric" });
};

export const moment = (text) =>
  new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });

// What a task has come to: its tone, its sign and its word.
export const STATES = {
  QUEUED: { tone: "quiet", word: "Queued", icon: "clock", sign: "…" },
  RUNNING: { tone: "live", word: "Asking", icon: "dots", sign: "…" },
  CONSENSUS: { tone: "good", word: "Consensus", icon: "check", sign: "✓" },
  NO_CONSENSUS: { tone: "doubt", word: "No consensus", icon: "split", sign: "≠" },
  FAILED: { tone: "bad", word: "Failed", icon: "cross", sign: "✕" },
  CANCELLED: { tone: "quiet", word: "Cancelled", icon: "stop", sign: "–" },
};

export const stateOf = (task) => STATES[task.result?.outcome ?? task.state];

// Why a seat abstained: the service's own words, which come with the page.
const reasons = {};
export const learnReasons = (told) => Object.assign(reasons, told);

export const reason = (name) => reasons[name] ?? String(name ?? "").replaceAll("_", " ").toLowerCase();

export const COMPARED = {
  exact: "as text, to the letter",
  numeric: "as numbers",
  semantic: "by meaning",
  structured: "field by field",
  text: "sentence by sentence",
};

// The share that must agree, as the plan has it.
export const needed = (plan) =>
  plan.threshold_is_adaptive && plan.min_agreement > 0.5
    ? `50% to ${percent(plan.min_agreement)}`
    : percent(plan.min_agreement);

// What is decided by parts or sentences rather than by whole answers.
export const hasParts = (plan) => plan.strategy === "structured" || plan.strategy === "text";

// What the plan's sentences are of.
export function planTitle(task) {
  if (task.state === "QUEUED") return "How it will be decided";
  if (!task.result) return "How it is being decided";
  const isDecided = task.result.outcome === "CONSENSUS" || task.result.outcome === "NO_CONSENSUS";
  return isDecided ? "How it was decided" : "How it would have been decided";
}

// The plan in sentences.
export function planned(plan) {
  const votes =
    plan.min_votes === plan.max_votes
      ? `${count(plan.max_votes, "vote")}.`
      : `${plan.min_votes} to ${count(plan.max_votes, "vote")}, as many as it takes.`;
  const weighed =
    plan.voting === "majority"
      ? "Every vote weighs the same."
      : "A vote weighs more the surer its model is.";
  const agreed = plan.strategy === "text"
    ? `Its sentences need ${percent(plan.min_agreement)} support by the other votes.`
    : needed(plan).includes(" to ")
    ? `${needed(plan)} of the weight must agree: more, the closer the runner-up comes.`
    : `${percent(plan.min_agreement)} of the weight must agree.`;
  const tolerance =
    plan.strategy === "numeric" && plan.numeric_tolerance
      ? `, the same within ${Number((plan.numeric_tolerance * 100).toPrecision(3))}%`
      : "";
  return [
    `Answers are compared ${COMPARED[plan.strategy] ?? plan.strategy}${tolerance}.`,
    votes,
    weighed,
    agreed,
    `${seconds(plan.timeout_seconds)} at most.`,
  ];
}

// A control character of a text that would reorder what stands around it is shown as what it is.
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;
export const clean = (text) => String(text ?? "").replace(CONTROLS, "\ufffd");

// Errors in a person's words.
export function trouble(error) {
  if (error.status === undefined) return "The service cannot be reached. Trying again …";
  if (error.status === 401) return "This needs an API key: enter one above.";
  if (error.status === 410) return "This task was erased. Nothing of it was kept.";
  if (error.status === 404) return "There is no such task, or it is somebody else's.";
  if (error.pointer === "#/prompt") return "Write a question first.";
  if (error.reason === "UNAVAILABLE") return "The service is busy starting. Trying again …";
  return error.message;
}
