"""Mutants that no test can tell from the original, and why; the keys are those of `Mutant.key`."""

EXPLAINED: dict[str, str] = {}
