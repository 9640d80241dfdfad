"""A task's end, heard from Firestore: python examples/listen_firestore.py TASK_ID

For programs beside a deployment; GOOGLE_CLOUD_PROJECT names its project, and pip installs
consensus-panel[cloud]. A listener can die without a word: a proxy drops the connection, a laptop
sleeps. So what has been quiet for a while is read once, and listened to anew.
"""

import queue
import sys
from typing import Any

from google.cloud import firestore

QUIET_SECONDS = 30.0


def until_done(client: Any, task_id: str, quiet: float = QUIET_SECONDS) -> dict[str, Any]:
    """The task's document once it is DONE. Raises LookupError where there is no such task."""
    document = client.collection("tasks").document(task_id)
    while True:
        heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
        watch = document.on_snapshot(lambda snapshots, *_, tell=heard.put: tell(snapshots))
        try:
            while True:
                [snapshot] = heard.get(timeout=quiet) or [document.get()]
                if told := _done(snapshot):
                    return told
        except queue.Empty:
            if told := _done(document.get()):  # it ended, and the listener never said so
                return told
        finally:
            watch.unsubscribe()


def _done(snapshot: Any) -> dict[str, Any] | None:
    task = snapshot.to_dict()
    if task is None:
        raise LookupError("there is no such task, or it is not yours")
    return task if task.get("state") == "DONE" else None


if __name__ == "__main__":
    print(until_done(firestore.Client(), sys.argv[1])["result"])
