"""The overview panel: all layers of a run side by side, and a finding for each."""
