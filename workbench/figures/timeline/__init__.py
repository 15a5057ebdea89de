"""The figure of the timeline: tracks over one time axis, and marks where something happened."""
