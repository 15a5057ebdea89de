"""Many runs at once: folders of runs, their names, groups that differ only by seed."""
