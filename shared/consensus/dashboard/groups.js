// Groups and their seats share a colour and a letter, which stay with them however the ranks move.

import { html } from "./lit-html/lit-html.js";

export const COLOURS = 8;

// The place of each group among those given, by the first seat that said it.
export function marks(groups) {
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
export function bySeat(groups) {
  const places = marks(groups);
  return new Map(groups.flatMap((group, index) => (group.seats ?? []).map((seat) => [seat, places[index]])));
}
