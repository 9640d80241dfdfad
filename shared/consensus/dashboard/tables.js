// Tables, and charts told as one: for those who cannot see a drawing, or want its figures.

import { html } from "./lit-html/lit-html.js";

// A table that scrolls by itself where it is wider than the window.
export const region = (name, table) => html`<div class="scroll" tabindex="0" role="region" aria-label=${name}>${table}</div>`;

// heads: of the columns; rows: their cells, the first of which names its row.
export const asTable = (name, heads, rows) => html`<details class="figures-of"><summary>As a table</summary>
  ${region(name, html`<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${rows.map(([first, ...others]) => html`<tr><th scope="row">${first}</th>${others.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table>`)}
</details>`;
