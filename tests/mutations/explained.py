"""Mutants that no test can tell from the original, and why; the keys are those of `Mutant.key`."""

EXPLAINED: dict[str, str] = {
    "layer:Layer.weights: False inverted": "a copy of numbers that were just read is equal to them",
    "layer:Layer.present: self.units <= self.inputs with Lt": "the norms, which are then read, say the same",
    "regular_file:read: 1 plus 1": "one byte more than allowed is read to see that there are more; two say the same",
}
