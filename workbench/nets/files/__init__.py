"""What lies on the disk: the files of data sets."""
