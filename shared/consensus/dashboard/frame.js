// What the dashboard and the API's reference have in common: the brand, the pages and the icon.

import { icon } from "./icons.js";
import { html, nothing } from "./lit-html/lit-html.js";

const LINKS = [
  ["ask", "./#/", "plus", "Ask"],
  ["desk", "./#/desk", "desk", "Desk"],
  ["numbers", "./#/numbers", "chart", "Numbers"],
  ["workers", "./#/workers", "workers", "Workers"],
  ["docs", "docs", "", "API"],
];

// current: the name of the page that is shown.
export const places = (current) => html`<a class="brand" href="./#/"><svg class="logo" viewBox="0 0 16 16" aria-hidden="true"><circle cx="5" cy="11" r="3"/><circle cx="11" cy="11" r="3"/><circle cx="8" cy="5" r="3"/></svg>Consensus</a>
  <nav aria-label="Pages">${LINKS.map(([name, address, sign, words]) => html`<a href=${address} aria-current=${name === current ? "page" : nothing}>${sign ? icon(sign) : ""}${words}</a>`)}</nav>`;

const TONES = { good: "#1b7f4b", doubt: "#a15c00", bad: "#b3261e", live: "#3455db", quiet: "#5d6475" };

// The page's icon, in the tone of what it shows.
export function showIcon(tone = "live") {
  const dots = `<circle cx='5' cy='11' r='3'/><circle cx='11' cy='11' r='3'/><circle cx='8' cy='5' r='3'/>`;
  const drawn = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='${TONES[tone]}'>${dots}</svg>`)}`;
  const link = document.getElementById("icon");
  if (link.getAttribute("href") !== drawn) link.setAttribute("href", drawn);
}
