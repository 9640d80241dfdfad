"""Of several values with parts, the one that is most like all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from consensus.core.parts.documents import Json
from consensus.core.parts.places import key, leaves
from consensus.core.parts.shapes import Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def medoid(
    values: Sequence[Json], weights: Sequence[float], shape: Shape, among: Sequence[int]
) -> int:
    """Of these values, by number, the one most like all; of equals, the first by its key."""
    if len(among) == 1:
        return among[0]
    import numpy as np  # noqa: PLC0415  a tenth of what `ask` loads, and seldom used

    alike = _likenesses([leaves(value, shape) for value in values]) @ np.array(weights)
    return min(among, key=lambda n: (-round(float(alike[n]), 9), key(values[n], shape)))


def _likenesses(told: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """The likeness of each two."""
    import numpy as np  # noqa: PLC0415  as above

    column: dict[tuple[str, int], int] = {}
    places = [
        [
            column.setdefault((leaf, n), len(column))
            for leaf, times in t.items()
            for n in range(times)
        ]
        for t in told
    ]
    has = np.zeros((len(told), max(1, len(column))), dtype=np.float32)
    for row, found in enumerate(places):
        has[row, found] = 1.0
    sizes = has.sum(axis=1, dtype=np.float64)
    total = sizes[:, None] + sizes[None, :]
    return np.where(total > 0, 2.0 * (has @ has.T) / np.maximum(total, 1.0), 1.0)
