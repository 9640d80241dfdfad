"""What the forwarder decides by itself; what it does with messages is in the buses' contract."""

from __future__ import annotations

import pytest

from consensus.adapters.forwarder import backoff


@pytest.mark.parametrize(
    ("delivery", "seconds"), [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1_000_000, 60)]
)
def test_a_refused_message_waits_longer_each_time(delivery: int, seconds: float) -> None:
    """As the subscription's retry policy has it for a push: from a second to a minute."""
    assert backoff(delivery) == seconds
