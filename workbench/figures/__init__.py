"""How results are drawn for print: one module per figure, files that carry their recipe. No Qt here."""
