"""What each verb takes, and what its help says; the work is done in `consensus.cli`."""
