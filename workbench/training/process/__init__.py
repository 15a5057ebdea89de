"""A training in a process of its own, and its host."""
