"""Eigenvalue spectra, the Marchenko-Pastur law and what the two say together."""
