"""The group panel: the numbers of a layer over several trainings."""
