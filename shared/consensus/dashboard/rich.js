// Texts of models, made readable and never markup: code blocks, headings, lists, bold and code.

import { html } from "./lit-html/lit-html.js";
import { clean } from "./words.js";

const LONG = 4000; // characters that are shown before somebody asks for the rest
const WORDS = 120; // up to which two answers are compared word by word

const inline = (text) =>
  text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map((part) => {
    if (part.length > 2 && part.startsWith("`") && part.endsWith("`")) {
      return html`<code>${part.slice(1, -1)}</code>`;
    }
    if (part.length > 4 && part.startsWith("**") && part.endsWith("**")) {
      return html`<strong>${part.slice(2, -2)}</strong>`;
    }
    return part;
  });

function block(lines) {
  if (lines.every((line) => /^\s*[-*•]\s+/.test(line))) {
    return html`<ul>${lines.map((line) => html`<li>${inline(line.replace(/^\s*[-*•]\s+/, ""))}</li>`)}</ul>`;
  }
  if (lines.every((line) => /^\s*\d+[.)]\s+/.test(line))) {
    const first = Number.parseInt(lines[0], 10);
    return html`<ol start=${first}>${lines.map((line) => html`<li>${inline(line.replace(/^\s*\d+[.)]\s+/, ""))}</li>`)}</ol>`;
  }
  const heading = lines.length === 1 && /^#{1,6}\s+(.*)/.exec(lines[0]);
  if (heading) return html`<p class="heading">${inline(heading[1])}</p>`;
  return html`<p>${inline(lines.join("\n"))}</p>`;
}

function blocks(text) {
  const made = [];
  // Every second part is a fenced block.
  text.split(/^```[^\n]*\n([\s\S]*?)(?:^```[ \t]*$|$(?![\s\S]))/m).forEach((part, place) => {
    if (place % 2) made.push(html`<pre tabindex="0"><code>${part.replace(/\n$/, "")}</code></pre>`);
    else for (const piece of part.split(/\n\s*\n/)) if (piece.trim()) made.push(block(piece.replace(/^\n+|\s+$/g, "").split("\n")));
  });
  return made;
}

// A text, as a person reads it; long ones open on demand.
export function rich(text, isWhole, showWhole) {
  const whole = clean(text);
  const cut = whole.length > LONG && !isWhole;
  const shown = cut ? whole.slice(0, LONG) : whole;
  return html`<div class="rich" dir="auto">${blocks(shown)}</div>${
    cut
      ? html`<button class="link" @click=${showWhole}>Show all ${whole.length.toLocaleString("en-US")} characters</button>`
      : ""
  }`;
}

// One line of it, whatever it holds.
export const line = (text, most = 200) => {
  const flat = clean(text).replace(/\s+/g, " ").trim();
  return html`<bdi>${flat.length > most ? `${flat.slice(0, most)}…` : flat}</bdi>`;
};

const wordsOf = (text) => clean(text).split(/\s+/).filter(Boolean);

// The places of a text's words that its rival has as well; none where nothing or all of it differs.
function sharedWords(text, rival) {
  const [words, theirs] = [text, rival].map(wordsOf);
  if (words.length < 2 || words.length > WORDS || theirs.length > WORDS) return new Set();
  const shared = common(words, theirs);
  return shared.size === words.length ? new Set() : shared;
}

export const isMarked = (text, rival) => sharedWords(text, rival).size > 0;

// What of a text its rival does not have, marked.
export function differing(text, rival) {
  const shared = sharedWords(text, rival);
  if (!shared.size) return line(text, 600);
  const own = clean(text).split(/(\s+)/);
  let place = -1;
  return html`<bdi>${own.map((part) => {
    if (!part.trim()) return part;
    place += 1;
    return shared.has(place) ? part : html`<mark>${part}</mark>`;
  })}</bdi>`;
}

// The places of the words that both have, in the same order (longest common subsequence).
function common(one, other) {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i][j] =
        one[i] === other[j]
          ? lengths[i + 1][j + 1] + 1
          : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const places = new Set();
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) {
      places.add(i);
      i++;
      j++;
    } else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++;
    else j++;
  }
  return places;
}
