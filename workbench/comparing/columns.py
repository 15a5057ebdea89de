"""The columns of what is computed with torch, for those who only name them."""

from __future__ import annotations

CKA = ("layer", "other_layer", "cka", "shuffled_mean", "shuffled_high")
BARRIER = ("alpha", "accuracy", "loss", "matched_accuracy", "matched_loss")
