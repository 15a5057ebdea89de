"""Training: how a run is made."""
