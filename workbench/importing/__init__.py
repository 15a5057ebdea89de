"""Other tools' checkpoints as runs: what a file holds, what it is taken for and by which evidence, and the import."""
