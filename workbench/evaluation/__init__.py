"""What a change to a trained network costs: pruning curves, low-rank sweeps, ablations, scores of units."""
