// What the rules of scripts/rules find (ruleid), and what they leave alone (ok). Never run.
function show(element, task) {
  // ruleid: text-is-no-markup
  element.innerHTML = task.prompt;
  // ruleid: text-is-no-markup
  element.insertAdjacentHTML("beforeend", task.prompt);
  // ok: text-is-no-markup
  element.textContent = task.prompt;
}
