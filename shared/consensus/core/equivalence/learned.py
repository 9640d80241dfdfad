"""Weights of the evidence, as plain numbers. Written by benchmarks/fit_equivalence.py."""

from __future__ import annotations

# name: (weight without vectors, weight with them)
WEIGHTS = {
    "bias": (-2.534, -2.826),
    "recall": (2.154, 1.933),
    "weakest": (0.451, 0.629),
    "strongest": (0.128, 0.043),
    "head": (1.094, 1.164),
    "back": (0.287, 0.135),
    "letters": (1.215, 1.129),
    "letters_back": (1.215, 1.124),
    "numbers_agree": (0.584, 0.608),
    "number_missing": (-0.910, -0.972),
    "hedged": (-1.261, -1.269),
    "both_hedged": (0.158, 0.145),
    "negated": (-0.480, -0.434),
    "strange": (-1.058, -1.028),
    "lone": (-1.084, -1.090),
    "large_size": (0.132, 0.146),
    "both_short": (-0.066, -0.052),
    "cosine": (0.000, 0.883),
}
