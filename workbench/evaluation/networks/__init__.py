"""Networks and data, ready to be asked: traced, cut, and remembered as far as memory allows."""
