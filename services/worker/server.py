"""The worker container's entry point."""

from consensus.bootstrap.worker import main

main()
