const QUIET = 30_000; // milliseconds without a word, after which nobody is trusted to be listening
const LONGEST_PAUSE = 30_000;
const LASTING = new Set(["permission-denied", "unauthenticated", "not-found", "invalid-argument"]);

/**
 * Shows a task after each change; resolves with it once it is DONE.
 *
 * A listener can die without a word: a proxy drops the connection, a laptop sleeps. So when nothing
 * was heard for a while, the task is read from the server over a new connection, and listened to
 * anew. What breaks loudly is tried again after growing pauses; what the rules forbid is not.
 *
 * source.listen(next, failed) calls back and returns what stops it; source.read() and
 * source.reconnect() return promises. A task that is not there is null.
 */
export function follow(source, show, { quiet = QUIET, longest = LONGEST_PAUSE } = {}) {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    let timer;
    let failures = 0;
    let isOver = false;

    const end = (settle, value) => {
      isOver = true;
      clearTimeout(timer);
      stop();
      settle(value);
    };
    const later = (what, milliseconds) => {
      clearTimeout(timer);
      timer = setTimeout(what, milliseconds);
    };
    const heard = (task) => {
      if (isOver) return;
      failures = 0;
      if (task === null) return end(reject, new Error("There is no such task, or it was erased."));
      show(task);
      if (task.state === "DONE") return end(resolve, task);
      later(check, quiet);
    };
    const failed = (error) => {
      if (isOver) return;
      if (LASTING.has(error.code)) return end(reject, error);
      failures += 1;
      later(listen, Math.min(250 * 2 ** failures, longest));
    };
    const listen = () => {
      stop();
      stop = source.listen(heard, failed);
      later(check, quiet);
    };
    const check = async () => {
      try {
        await source.reconnect();
        heard(await source.read());
        if (!isOver) listen();
      } catch (error) {
        failed(error);
      }
    };
    listen();
  });
}
