"""Layers stacked on top of one another: what is stacked, its graph and its figures."""
