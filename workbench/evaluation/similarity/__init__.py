"""How alike units are, and by what: the table of similarities, and the outputs behind one of them."""
