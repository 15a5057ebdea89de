"""The command that trains a whole table of runs."""
