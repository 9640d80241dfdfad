// What the page knows, and the one way to show it anew: change `state`, then call `update`.

export const state = {
  route: { name: "ask", id: "" },
  now: Date.now(),
  demo: false,
  owner: "", // who the service takes the caller for, once its list is followed
  wantsKey: false,
  keyTrouble: "", // why the key that was entered last is not used
  trouble: { list: "", page: "" },
  list: {
    tasks: new Map(), // summaries by id
    token: "",
    loading: true,
    filter: { show: "all", since: "any", text: "" },
  },
  view: null, // the task that is looked at: see task.js
  asking: { busy: false, error: "", open: false, earlier: [] },
  dialog: null, // what a dialog shows
  desk: null,
  numbers: null,
  workers: null,
  focus: "", // what takes the focus on the next page, if not its beginning
  keys: localStorage.getItem("keys") !== "off",
};

let show = () => {};
let planned = false;

export const onUpdate = (render) => (show = render);

export function update() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    show();
  });
}

let told = "";
export function announce(text) {
  if (text === told) return;
  told = text;
  document.getElementById("announcer").textContent = text;
}
