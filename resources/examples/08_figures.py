"""Save two figures for a paper, with their numbers as CSV."""

import workbench as wb

with wb.open_run("sample_runs/digits_conv.h5") as run:
    wb.figure("graph", run, "fc1", cutoff=0.4).save("graph.pdf", width=84, csv=True)
    wb.figure("spectrum", run, "fc1").save("spectrum.svg", width=84, csv=True)
print("saved graph.pdf and spectrum.svg")
