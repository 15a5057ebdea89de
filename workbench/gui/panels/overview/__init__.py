"""The overview panel: every layer of a run beside each other, and what is found of each."""
