"""A running service from Python: python examples/ask_service.py [URL]

Start one with `consensus serve`. `AsyncClient` has the same methods for async code.
"""

import sys

from consensus import Client

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

with Client(URL) as client:
    task = client.ask("What is 17% of 2,340?", strategy="numeric")
    result = task["result"]
    if result["outcome"] == "CONSENSUS":
        print(result["answer"], f"(agreement {result['agreement']:.0%})")
    else:
        print("No answer to trust:", result["explanation"])
    for ballot in client.votes(task["id"]):
        print(f"  seat {ballot['seat']}: {ballot.get('answer') or ballot.get('reason')}")
