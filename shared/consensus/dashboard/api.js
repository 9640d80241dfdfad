// The service's public API, and the caller's key: kept for the browser's session, in all its tabs.

const tabs = new BroadcastChannel("consensus-key");
let key = sessionStorage.getItem("key") ?? "";
let changed = () => {};

const keep = (given) => {
  key = given;
  if (key) sessionStorage.setItem("key", key);
  else sessionStorage.removeItem("key");
};

tabs.onmessage = ({ data }) => {
  if (data.wanted && key) tabs.postMessage({ key });
  if (data.wanted || data.key === key) return;
  keep(data.key);
  changed();
};
if (!key) tabs.postMessage({ wanted: true });

export const hasKey = () => Boolean(key);
export const onKey = (heard) => (changed = heard);

// Whether the service takes a key, which is not kept yet. Raises what call does.
export const tryKey = (given) => call("v1/tasks?page_size=1", { headers: { "X-API-Key": given } });

export function useKey(given) {
  keep(given);
  tabs.postMessage({ key });
  changed();
}

export async function call(path, options = {}) {
  const headers = { ...(key && { "X-API-Key": key }), ...options.headers };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `The service answered ${response.status}.`), {
    status: response.status,
    keyed: Boolean(key), // the service was sent a key
    reason: problem.reason,
    pointer: problem.errors?.[0]?.pointer,
  });
}

export const read = async (path, options) => (await call(path, options)).json();

export const post = (path, body) =>
  read(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

export const erase = (path) => call(path, { method: "DELETE" });

export const taskPath = (id, rest = "") => `v1/tasks/${encodeURIComponent(id)}${rest}`;

// Server-sent events over fetch, which can carry the key. Ends when the stream does.
export async function* events(path, { signal, after } = {}) {
  const headers = after === undefined ? {} : { "Last-Event-ID": String(after) };
  const response = await call(path, { signal, headers });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const blocks = text.split("\n\n");
      text = blocks.pop();
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split("\n").map((line) => [line.split(":", 1)[0], line.replace(/^[^:]*: ?/, "")]),
        );
        if (fields.data) yield { id: fields.id, name: fields.event, data: JSON.parse(fields.data) };
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
