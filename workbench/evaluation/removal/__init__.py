"""What removing units costs: orders, scores, and the quick ways through a curve."""
