// Icons of 16 by 16, drawn in the colour of the text around them.

import { html, svg } from "./lit-html/lit-html.js";

const SHAPES = {
  clock: svg`<circle cx="8" cy="8" r="6"/><path d="M8 4.8V8l2 1.6"/>`,
  dots: svg`<circle cx="8" cy="8" r="6" stroke-dasharray="3 2.2"/>`,
  check: svg`<circle cx="8" cy="8" r="6"/><path d="m5.3 8.2 1.9 1.9 3.6-4"/>`,
  split: svg`<circle cx="8" cy="8" r="6"/><path d="M5.5 6.6h5M5.5 9.4h5M9.6 4.9l-3.2 6.2"/>`,
  cross: svg`<circle cx="8" cy="8" r="6"/><path d="m6 6 4 4m0-4-4 4"/>`,
  stop: svg`<circle cx="8" cy="8" r="6"/><path d="M5.5 8h5"/>`,
  plus: svg`<path d="M8 3.5v9M3.5 8h9"/>`,
  list: svg`<path d="M5.5 4.5h7m-7 3.5h7m-7 3.5h7M3 4.5h.01M3 8h.01M3 11.5h.01"/>`,
  desk: svg`<path d="M2.5 9.5 4.3 4h7.4l1.8 5.5v3h-11zM2.5 9.5h3.2l.8 1.5h3l.8-1.5h3.2"/>`,
  chart: svg`<path d="M3 13V8.5m3.3 4.5V4m3.4 9V6.5M13 13V9.5"/>`,
  workers: svg`<rect x="2.5" y="3" width="11" height="4" rx="1"/><rect x="2.5" y="9" width="11" height="4" rx="1"/><path d="M5 5h.01M5 11h.01"/>`,
  theme: svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" fill="currentColor"/>`,
  back: svg`<path d="M9.8 3.8 5.6 8l4.2 4.2"/>`,
  key: svg`<circle cx="5.5" cy="10.5" r="2.8"/><path d="m7.5 8.5 5-5m-2 2 1.6 1.6"/>`,
};

export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" data-icon=${name}>${SHAPES[name]}</svg>`;
