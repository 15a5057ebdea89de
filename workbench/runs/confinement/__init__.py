"""Strangers' files are looked at in processes that can do nothing else."""
