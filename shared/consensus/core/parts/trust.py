"""How often a part that this much of the weight holds is right.

A share is no probability: what ten asked of different models hold alike is right more often than
what three do, and what one model says ten times is its habit. Logistic curves over the share and
one over the number of votes, fitted on recorded answers (`benchmarks.parts`): elements of extracted
collections, from several systems and from one asked often, and leaves of computed values.
"""

from __future__ import annotations

import math

from consensus.core.parts.composing import Part

# intercept, share, 1 / votes
_ELEMENT = (-1.23, 3.19, -2.27)
_ELEMENT_OF_ONE = (-4.44, 5.25, -0.55)
_LEAF = (-1.89, 7.16, -5.78)


def confidence(part: Part, votes: int, *, one_voter: bool) -> float:
    """The probability (0..1) that a part is right, by its agreement among so many votes.

    Of one voter asked often only extraction was measured; its curve serves for all.
    """
    if one_voter:
        intercept, by_share, by_few = _ELEMENT_OF_ONE
    else:
        intercept, by_share, by_few = _ELEMENT if part.element else _LEAF
    told = intercept + by_share * part.agreement + by_few / max(1, votes)
    return 1.0 / (1.0 + math.exp(-told))
