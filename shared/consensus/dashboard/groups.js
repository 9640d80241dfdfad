// Groups and their seats share a colour and a letter. While a task runs they stay with a group however the
// ranks move; once it is decided the leader is A, the runner-up B.

import { html } from "./lit-html/lit-html.js";

export const COLOURS = 8;

// The place of each group among those given, the heaviest first: by rank where that is settled, else by
// the first seat that said it.
export function marks(groups, isDecided) {
  if (isDecided) return [...groups.keys()];
  const order = [...groups.keys()].sort(
    (one, other) => (groups[one].seats?.[0] ?? one) - (groups[other].seats?.[0] ?? other),
  );
  const places = [];
  order.forEach((group, place) => (places[group] = place));
  return places;
}

export const letter = (place) => (place < 26 ? String.fromCharCode(65 + place) : `${place + 1}`);

export const colour = (place) => (place === undefined ? "none" : `g${Math.min(place, COLOURS)}`);

export const chip = (place) => html`<span class="chip" data-group=${colour(place)}>${letter(place)}</span>`;

// By each seat, the place of its group.
export function bySeat(groups, isDecided) {
  const places = marks(groups, isDecided);
  return new Map(groups.flatMap((group, index) => (group.seats ?? []).map((seat) => [seat, places[index]])));
}

// Those that lead together; the leader alone where nothing ties with it.
export const leaders = (groups) => groups.filter((group) => Math.abs(group.weight - groups[0].weight) < 1e-9);
