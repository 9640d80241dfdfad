"""The figures of the documentation, each re-run by one command."""
