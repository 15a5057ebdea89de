"""Sweeps: the dialog that asks for several values of a training, and the table that shows how they go."""
