"""What the window knows: runs, selection, settings, colours, the training under way. No widgets."""
