"""Find the smallest rank of a layer that costs at most one percent of accuracy on validation images."""

import workbench as wb

with wb.open_run("sample_runs/digits_conv.h5") as run:
    found = wb.low_rank(run, "fc1", part="validation")
    full = found.curve.accuracy[-1]
    rank = next(k for k, accuracy in enumerate(found.curve.accuracy) if accuracy >= full - 1.0)
    print(f"rank {rank} keeps {found.curve.accuracy[rank]:.2f} % of {full:.2f} %; elbow at {found.spectrum.kneedle}")
