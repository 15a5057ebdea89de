"""What a group of runs gives: means and intervals over trainings, next to the value of each run."""
