"""How a run file comes to be: born, written row by row, copied, repaired, resumed."""
