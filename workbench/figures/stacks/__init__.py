"""Layers stacked on top of one another: what is stacked, its graph, and the other views of a layer or a stack."""
