"""A task's changes, heard from Firestore: python examples/listen_firestore.py TASK_ID

For programs beside a deployment, which ask nothing of the service: GOOGLE_CLOUD_PROJECT names the
project, Google's own credentials say who reads, and pip installs "consensus-panel[cloud]".
"""

import sys

from consensus import Client

with Client() as client:
    for task in client.listen(sys.argv[1]):
        print(f"{task['state']}: {task['progress']['voted']} votes")
        if result := task["result"]:
            print(result["outcome"], result["answer"])
