// The HTTP API for readers: /openapi.json as a page, and nothing that is not in it.

import { places, showIcon } from "./frame.js";
import { html, nothing, render } from "./lit-html/lit-html.js";

const METHODS = ["get", "post", "delete"];

showIcon();
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";

const callId = (method, path) => `${method}${path.replace(/[^a-z0-9]+/gi, "-")}`.replace(/-$/, "");
const nameOf = (ref) => ref.split("/").at(-1);
const schemaLink = (ref) => html`<a href=${`#${nameOf(ref)}`}>${nameOf(ref)}</a>`;

// ---- what a schema allows, in a line ----

const between = (schema, least, most, unit) => {
  const from = schema[least];
  const to = schema[most];
  if (from === undefined && to === undefined) return "";
  if (to === undefined) return from ? `, ${from} ${unit} at least` : "";
  return from === undefined ? `, ${to} ${unit} at most` : `, ${from} to ${to}${unit && ` ${unit}`}`;
};

function kind(schema) {
  if (schema.$ref) return schemaLink(schema.$ref);
  if (schema.anyOf) return schema.anyOf.map((one, place) => html`${place ? " or " : ""}${kind(one)}`);
  if (schema.enum) return schema.enum.map((word, place) => html`${place ? ", " : ""}<code>${String(word)}</code>`);
  if ("const" in schema) return schema.const === "" ? "empty" : html`<code>${String(schema.const)}</code>`;
  switch (schema.type) {
    case "array":
      return html`list of ${kind(schema.items)}`;
    case "string":
      return `${schema.format === "date-time" ? "time (RFC 3339)" : "text"}${between(schema, "minLength", "maxLength", "characters")}`;
    case "integer":
    case "number":
      return `${schema.type === "integer" ? "whole number" : "number"}${between(schema, "minimum", "maximum", "")}`;
    case "boolean":
      return "true or false";
    case "object":
      return schema.additionalProperties?.type === "string" ? "texts by name" : "object";
    default:
      return schema.type ?? "anything";
  }
}

const described = ({ description, default: preset, anyOf }) => {
  const inner = (anyOf ?? []).find((one) => one.description || one.default !== undefined) ?? {};
  const words = description ?? inner.description ?? "";
  const value = preset ?? inner.default;
  return html`${words}${value === undefined ? "" : html`${words ? "; " : ""}default <code>${String(value)}</code>`}`;
};

// ---- a call ----

const table = (caption, heads, rows) => html`<div class="scroll" role="region" aria-label=${caption} tabindex="0"><table class="fields">
  <caption>${caption}</caption>
  <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
  <tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;

const fields = (caption, schema) =>
  table(
    caption,
    ["Name", "Takes", "Meaning"],
    Object.entries(schema.properties).map(([name, one]) => [
      html`<code>${name}</code>${schema.required?.includes(name) ? "" : html` <span class="note">optional</span>`}`,
      kind(one),
      described(one),
    ]),
  );

const content = (told) => Object.entries(told.content ?? {})[0] ?? ["", {}];

function curl(method, path, call, whole) {
  const [type] = call.requestBody ? content(call.requestBody) : [""];
  const { schema } = call.requestBody ? content(call.requestBody)[1] : {};
  const lines = [`curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}${location.origin}${path.replace("{id}", "ID")}`];
  if (!call.security) lines.push(`-H "X-API-Key: $CONSENSUS_API_KEY"`);
  if (type) lines.push(`-H "Content-Type: ${type}"`);
  if (schema?.$ref) {
    const [body] = whole.components.schemas[nameOf(schema.$ref)].examples ?? [];
    if (body) lines.push(`-d '${JSON.stringify(body)}'`);
  }
  return lines.join(" \\\n  ");
}

function shown(method, path, call, shared, whole) {
  const asked = [...shared, ...(call.parameters ?? [])];
  const body = call.requestBody && content(call.requestBody)[1].schema;
  const answers = Object.entries(call.responses).map(([status, told]) => {
    const [type, { schema }] = content(told);
    return [status === "default" ? "any other" : status, told.description, html`${schema ? kind(schema) : "nothing"} <span class="note">${type}</span>`];
  });
  return html`<section class="call" id=${callId(method, path)} aria-labelledby=${`${callId(method, path)}-title`}>
    <h3 id=${`${callId(method, path)}-title`}><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h3>
    <p>${call.summary}.${call.security ? html` <span class="note">Without a key.</span>` : ""}</p>
    <pre tabindex="0"><code>${curl(method, path, call, whole)}</code></pre>
    ${asked.length ? table("Parameters", ["Name", "In", "Takes", "Meaning"], asked.map((one) => [html`<code>${one.name}</code>`, one.in, kind(one.schema), one.description ?? ""])) : ""}
    ${body ? html`<p>Body: ${kind(body)}</p>` : ""}
    ${table("Answers", ["Status", "When", "Body"], answers)}
  </section>`;
}

// ---- the page ----

function calls(whole) {
  return Object.entries(whole.paths).flatMap(([path, told]) =>
    METHODS.filter((method) => told[method]).map((method) => ({ path, method, call: told[method], shared: told.parameters ?? [] })),
  );
}

const page = (whole) => html`<header class="top">
    ${places("docs")}
  </header>
  <div class="columns" data-page="reference">
    <nav class="list contents" aria-label="Contents" tabindex="0">
      ${whole.tags.map(({ name }) => html`<h2>${name}</h2>
        <ul>${calls(whole).filter(({ call }) => call.tags.includes(name)).map(({ method, path }) => html`<li><a href=${`#${callId(method, path)}`}><span class="method">${method.toUpperCase()}</span> ${path}</a></li>`)}</ul>`)}
      <h2>Shapes</h2>
      <ul>${Object.keys(whole.components.schemas).map((name) => html`<li><a href=${`#${name}`}>${name}</a></li>`)}</ul>
    </nav>
    <main id="main" class="reference" tabindex="-1">
      <h1>HTTP API <span class="note">${whole.info.version}</span></h1>
      <p class="lead">${whole.info.description} The same for programs: <a href="openapi.json">openapi.json</a>.</p>
      ${whole.tags.map(({ name, description }) => html`<h2>${name}</h2><p class="note">${description}</p>
        ${calls(whole).filter(({ call }) => call.tags.includes(name)).map(({ method, path, call, shared }) => shown(method, path, call, shared, whole))}`)}
      <h2>Shapes</h2>
      ${Object.entries(whole.components.schemas).map(([name, schema]) => html`<section class="call" id=${name} aria-labelledby=${`${name}-title`}>
        <h3 id=${`${name}-title`}>${name}</h3>
        ${schema.description ? html`<p>${schema.description}</p>` : nothing}
        ${fields(`Fields of ${name}`, schema)}</section>`)}
    </main>
  </div>`;

const failed = () => html`<main id="main" tabindex="-1"><p class="trouble" role="alert">The document did not come. Load the page again.</p></main>`;

async function load() {
  const app = document.getElementById("app");
  try {
    const answer = await fetch("openapi.json");
    if (!answer.ok) throw new Error(String(answer.status));
    render(page(await answer.json()), app);
  } catch {
    render(failed(), app);
  }
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

load();
