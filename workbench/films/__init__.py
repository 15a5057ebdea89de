"""How results move: the timeline of a run as a film. No Qt here."""
