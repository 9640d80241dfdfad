import { initializeApp } from "https://www.gstatic.com/firebasejs/13.2.0/firebase-app.js";
import { getAuth, signInAnonymously } from "https://www.gstatic.com/firebasejs/13.2.0/firebase-auth.js";
import {
  disableNetwork,
  doc,
  enableNetwork,
  getDocFromServer,
  getFirestore,
  onSnapshot,
} from "https://www.gstatic.com/firebasejs/13.2.0/firebase-firestore.js";
import { FIREBASE, SERVICE } from "./config.js";
import { follow } from "./follow.js";

const app = initializeApp(FIREBASE);
const database = getFirestore(app);
const form = document.getElementById("ask");
const state = document.getElementById("state");
const answer = document.getElementById("answer");

/** A task of Firestore's, as follow() takes it. */
function taskIn(id) {
  const reference = doc(database, "tasks", id);
  const told = (snapshot) => (snapshot.exists() ? snapshot.data() : null);
  return {
    // What comes from the cache while offline is no word from the server.
    listen: (next, failed) =>
      onSnapshot(
        reference,
        { includeMetadataChanges: true },
        (snapshot) => snapshot.metadata.fromCache || next(told(snapshot)),
        failed,
      ),
    read: async () => told(await getDocFromServer(reference)),
    reconnect: async () => {
      await disableNetwork(database);
      await enableNetwork(database);
    },
  };
}

/** Ask the service as the signed-in user; the task's id. */
async function ask(prompt) {
  const { user } = await signInAnonymously(getAuth(app));
  const response = await fetch(`${SERVICE}/v1/tasks`, {
    method: "POST",
    headers: {
      "Authorization": `Bearer ${await user.getIdToken()}`,
      "Content-Type": "application/json",
      "Idempotency-Key": crypto.randomUUID(),
    },
    body: JSON.stringify({ prompt }),
  });
  const told = await response.json();
  if (!response.ok) throw new Error(told.detail);
  return told.id;
}

/** Texts of tasks and models go in as text, never as markup. */
function show(task) {
  const result = task.result;
  state.textContent = result ? result.outcome : `${task.state}, asked ${task.progress.asked}`;
  answer.textContent = result?.outcome === "CONSENSUS" ? result.answer : (result?.explanation ?? "");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const prompt = new FormData(form).get("prompt"); // before it is disabled, which leaves it out
  form.elements.prompt.disabled = true;
  state.textContent = "Asking";
  answer.textContent = "";
  try {
    await follow(taskIn(await ask(prompt)), show);
  } catch (error) {
    state.textContent = error.message;
  } finally {
    form.elements.prompt.disabled = false;
  }
});
