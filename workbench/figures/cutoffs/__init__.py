"""What each cut-off of a weight graph gives: the report's four small plots."""
