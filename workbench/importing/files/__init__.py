"""What other tools' files hold, read without running anything of theirs."""
