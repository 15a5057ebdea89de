"""Analysis: what the weights mean. Arrays in, frozen dataclasses out."""
