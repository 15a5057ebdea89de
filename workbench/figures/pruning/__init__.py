"""Pruning curves of a layer."""
