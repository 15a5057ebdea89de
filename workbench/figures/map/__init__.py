"""Other views of the weight graph's units: similarity matrix, principal plane, pairs of a stack, clusters over time."""
