"""Weights of the evidence, as plain numbers. Written by benchmarks/fit_equivalence.py."""

from __future__ import annotations

# name: (weight without vectors, weight with them)
WEIGHTS = {
    "bias": (-2.599, -2.900),
    "recall": (2.064, 1.837),
    "weakest": (0.484, 0.660),
    "strongest": (0.142, 0.059),
    "head": (1.117, 1.190),
    "back": (0.278, 0.122),
    "letters": (1.225, 1.144),
    "letters_back": (1.217, 1.126),
    "numbers_agree": (0.588, 0.604),
    "number_missing": (-0.879, -0.930),
    "hedged": (-1.164, -1.172),
    "both_hedged": (0.166, 0.153),
    "negated": (-0.621, -0.571),
    "strange": (-1.044, -1.017),
    "lone": (-1.107, -1.112),
    "large_size": (0.213, 0.236),
    "both_short": (-0.014, 0.006),
    "cosine": (0.000, 0.888),
}
