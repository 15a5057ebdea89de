"""Commands about groups: runs that differ only by their seed."""
