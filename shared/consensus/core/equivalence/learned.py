"""Weights of the evidence, as plain numbers. Written by benchmarks/fit_equivalence.py."""

from __future__ import annotations

# name: (weight without vectors, weight with them)
WEIGHTS = {
    "bias": (-2.604, -2.901),
    "recall": (2.123, 1.903),
    "weakest": (0.429, 0.602),
    "strongest": (0.133, 0.053),
    "head": (1.112, 1.183),
    "back": (0.266, 0.111),
    "letters": (1.238, 1.158),
    "letters_back": (1.224, 1.137),
    "numbers_agree": (0.584, 0.600),
    "number_missing": (-0.893, -0.942),
    "hedged": (-1.165, -1.173),
    "both_hedged": (0.167, 0.154),
    "negated": (-0.622, -0.573),
    "strange": (-1.035, -1.008),
    "lone": (-1.080, -1.082),
    "large_size": (0.203, 0.224),
    "both_short": (-0.007, 0.012),
    "cosine": (0.000, 0.873),
}
