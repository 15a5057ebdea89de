"""The loop that trains: its steps, its optimiser and its state."""
