// When was whom asked, and when did who answer: a lane for each seat; and how the lead moved.

import { chip, colour } from "./groups.js";
import { html, svg } from "./lit-html/lit-html.js";
import { repeat } from "./lit-html/directives/repeat.js";
import { line } from "./rich.js";
import { asTable } from "./tables.js";
import { amount, count, percent, reason, seconds } from "./words.js";

const DENSE = 24; // seats from which lanes are thin

export function span(task, now) {
  const begun = Date.parse(task.created_at);
  const ended = task.finished_at ? Date.parse(task.finished_at) : now;
  return { begun, ended: Math.max(ended, begun + 100) };
}

const waveOf = (task, seat) =>
  task.waves.findIndex((wave) => wave.first_seat <= seat && seat < wave.first_seat + wave.seats);

// What is told of a seat in one lane; `ballot` is undefined while nothing was heard of it, `late` what
// came of it after the end. A worker tells for how long it had the seat, by its own clock: counted back
// from when its ballot was heard, that is when it was taken, and before that it was queued.
function told(task, seat, ballot, late) {
  const wave = waveOf(task, seat);
  const asked = Date.parse(wave < 0 ? task.created_at : task.waves[wave].at);
  const heard = ballot && Date.parse(ballot.at);
  const voted = ballot && "answer" in ballot;
  const worked = ballot?.worked_seconds;
  const taken = typeof worked === "number" ? Math.max(asked, heard - worked * 1000) : undefined;
  const spoke = typeof ballot?.first_word_seconds === "number" ? Math.min(heard, taken + ballot.first_word_seconds * 1000) : undefined;
  const begun = task.seats?.begun.includes(seat);
  const kind = voted ? "vote" : ballot ? "abstained" : late ? "late" : task.result ? "missing" : begun ? "live" : "queued";
  const words = {
    abstained: () => `abstained: ${reason(ballot.reason)}`,
    late: () => `came after the end: ${late.answer ?? reason(late.reason)}`,
    missing: () => (task.result.close_reason === "SETTLED" ? "settled without it" : "no answer came"),
    live: () => "calling",
    queued: () => "queued",
  };
  const again = [
    task.seats?.hedged.includes(seat) && "asked twice, as a straggler",
    ballot?.calls > 1 && `${ballot.calls} attempts`,
    spoke !== undefined && `first word after ${seconds((spoke - asked) / 1000)}`,
    taken - asked > 1000 && `queued for ${seconds((taken - asked) / 1000)}`,
  ].filter(Boolean);
  return {
    kind,
    asked,
    heard,
    taken,
    spoke,
    again,
    said: voted ? ballot.answer : words[kind](),
    took: ballot && wave >= 0 ? seconds((heard - asked) / 1000) : "",
    who: ballot ? `${ballot.model || ballot.voter}${typeof ballot.confidence === "number" ? `, ${percent(ballot.confidence)} sure` : ""}` : "",
    wave: wave + 1,
    begins: wave > 0 && task.waves[wave].first_seat === seat,
  };
}

// view: whose seats; groups: the place of each seat's group; full: what a ballot holds, when it is open.
export function lanes(view, groups, now, open, full) {
  const { task } = view;
  const late = new Map([...(view.votes?.values() ?? [])].filter((ballot) => !ballot.counted).map((ballot) => [ballot.seat, ballot]));
  const { begun, ended } = span(task, now);
  const place = (at) => Math.min(100, Math.max(0, ((at - begun) / (ended - begun)) * 100));
  const numbers = Array.from({ length: task.progress.asked }, (_, seat) => seat);
  return html`<div class="lanes" ?data-dense=${numbers.length > DENSE}>
    <div class="axis" aria-hidden="true"><span>0 s</span><span>${seconds((ended - begun) / 1000)}</span></div>
    <ol>${repeat(numbers, (seat) => seat, (seat) => {
      const ballot = view.seats.get(seat);
      const { kind, asked, heard, taken, spoke, again, said, took, who, wave, begins } = told(task, seat, ballot, late.get(seat));
      const from = place(taken ?? asked);
      const width = Math.max(place(heard ?? ended) - from, 0.5);
      const group = groups.get(seat);
      const isOpen = view.open.has(seat);
      return html`<li data-kind=${kind} data-group=${colour(group)} ?data-wave=${begins} ?data-open=${isOpen}>
        <button class="lane" aria-expanded=${isOpen} aria-controls=${`ballot-${seat}`} ?disabled=${!ballot} @click=${() => open(seat)}
            title=${`Seat ${seat}${wave ? `, wave ${wave}` : ""}: ${[`${said.slice(0, 200)}${who ? ` (${who})` : ""}`, ...again].join(", ")}`}>
          <span class="seat"><span class="unseen">Seat </span>${seat}</span>
          ${group === undefined ? html`<span class="chip" data-group="none">${kind === "live" ? "…" : "–"}</span>` : chip(group)}
          <span class="track">${taken > asked ? html`<span class="wait" .style=${`left:${place(asked)}%;width:${from - place(asked)}%`}></span>` : ""}<span
            class="stretch" .style=${`left:${from}%;width:${width}%`}></span>${spoke === undefined ? "" : html`<span class="word" .style=${`left:${place(spoke)}%`}></span>`}</span>
          <span class="said">${line(said, 120)}${again.length ? html`<span class="unseen">, ${again.join(", ")}</span>` : ""}${task.seats?.hedged.includes(seat) ? html` <span class="mark" aria-hidden="true">×2</span>` : ballot?.calls > 1 ? html` <span class="mark" aria-hidden="true">↻${ballot.calls}</span>` : ""}</span>
          <span class="who">${line(who, 50)}</span>
          <span class="took">${took}</span>
        </button>
        <div class="full" id=${`ballot-${seat}`} ?hidden=${!isOpen}>${isOpen ? full(seat) : ""}</div>
      </li>`;
    })}</ol>
  </div>`;
}

const WIDTH = 600;
const HEIGHT = 140;

// Steps: what was known after a vote holds until the next.
const steps = (values, x, y) =>
  values.map((value, index) => `${index ? "L" : "M"}${x(index)} ${y(value)}L${x(index + 1)} ${y(value)}`).join("");

const FIGURES = ["agreement", "min_agreement", "confidence"];

// result: null while the task runs. Once a model was asked which answers are the same, it is told apart
// from the last tally, which was taken before.
export function chart(tallies, result) {
  if (!tallies.length) return html`<p class="note">No vote yet.</p>`;
  const voted = tallies[tallies.length - 1];
  const moved = result && FIGURES.some((name) => percent(result[name]) !== percent(voted[name]));
  const last = moved ? { ...result, votes: voted.votes } : voted;
  const points = moved ? [...tallies, last] : tallies;
  const most = Math.max(points.length, 3);
  const x = (index) => 4 + (index / most) * (WIDTH - 8);
  const y = (value) => HEIGHT - 6 - value * (HEIGHT - 12);
  const drawn = (name) => steps(points.map((tally) => tally[name]), x, y);
  const told = typeof last.confidence === "number"; // it is not, of a text
  const when = (tally) => (moved && tally === last ? "the comparison" : `vote ${amount(tally.votes)}`);
  return html`<figure class="chart">
    <div class="plot"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" preserveAspectRatio="none"
        aria-label=${`${moved ? "In the end" : `After ${count(last.votes, "vote")}`} agreement is ${percent(last.agreement)}; ${percent(last.min_agreement)} is needed${told ? `; confidence ${percent(last.confidence)}` : ""}.`}>
      ${[0, 0.5, 1].map((value) => svg`<line class="grid" x1="0" x2=${WIDTH} y1=${y(value)} y2=${y(value)}/>`)}
      <path class="needed" d=${drawn("min_agreement")}></path>
      ${told ? svg`<path class="sure" d=${drawn("confidence")}></path>` : ""}
      <path class="share" d=${drawn("agreement")}></path>
      ${points.map((tally, index) => svg`<path class="dot" d=${`M${x(index + 0.5)} ${y(tally.agreement)}h0`}><title>${`After ${when(tally)}: ${percent(tally.agreement)} agree${told ? `, confidence ${percent(tally.confidence)}` : ""}`}</title></path>`)}
    </svg><div class="scale" aria-hidden="true"><span>100%</span><span>50%</span><span>0%</span></div>
      <div class="times" aria-hidden="true"><span>vote 1</span><span>${moved ? "the end" : `vote ${most}`}</span></div></div>
    <figcaption>
      <span class="key share">Agreement <b>${percent(last.agreement)}</b></span>
      <span class="key needed">Needed <b>${percent(last.min_agreement)}</b></span>
      ${told ? html`<span class="key sure">Confidence <b>${percent(last.confidence)}</b></span>` : ""}
    </figcaption>
    ${moved ? html`<p class="note">The last step is the result, once a model had compared answers that the rules could not.</p>` : ""}
    ${asTable("Vote by vote", ["After", "Agreement", "Needed", ...(told ? ["Confidence"] : [])], points.map((tally) =>
      [when(tally), percent(tally.agreement), percent(tally.min_agreement), ...(told ? [percent(tally.confidence)] : [])]))}
  </figure>`;
}
