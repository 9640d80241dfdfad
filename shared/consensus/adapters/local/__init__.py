"""One machine's own parts: the store, the queue, the clock, the servers, the files."""
