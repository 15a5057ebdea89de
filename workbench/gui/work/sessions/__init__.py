"""Sessions: what the window looks like, kept and brought back, with layouts."""
