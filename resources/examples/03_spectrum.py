"""Count the directions that each layer has learned: eigenvalues beyond the Marchenko-Pastur edge."""

import workbench as wb

with wb.open_run("sample_runs/digits_conv.h5") as run:
    for layer in run.layers:
        print(f"{layer.name}: {wb.layer_spectrum(run, layer.name, -1).words}")
