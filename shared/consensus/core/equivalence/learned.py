"""Weights of the evidence, as plain numbers. Written by benchmarks/fit_equivalence.py."""

from __future__ import annotations

# name: (weight without vectors, weight with them)
WEIGHTS = {
    "bias": (-2.715, -3.014),
    "recall": (2.103, 1.883),
    "weakest": (0.464, 0.636),
    "strongest": (0.287, 0.202),
    "head": (0.876, 0.942),
    "back": (0.303, 0.183),
    "letters": (1.300, 1.227),
    "letters_back": (1.162, 1.043),
    "numbers_agree": (0.632, 0.645),
    "number_missing": (-0.935, -0.989),
    "hedged": (-0.966, -0.954),
    "both_hedged": (0.185, 0.177),
    "negated": (-0.943, -0.931),
    "strange": (-1.080, -1.053),
    "lone": (-1.129, -1.122),
    "large_size": (0.211, 0.233),
    "both_short": (0.083, 0.102),
    "cosine": (0.000, 0.877),
}
