"""The timeline: its tracks, its axis, what happened when, and the rule that marks snapshots."""
