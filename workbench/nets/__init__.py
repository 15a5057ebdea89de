"""Networks, data sets and initialisers: what is trained."""
