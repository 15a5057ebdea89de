"""Print what a run is, and how the accuracy and the norms of a layer change."""

import workbench as wb

with wb.open_run("sample_runs/digits_conv.h5") as run:
    print(run.title, run.spec.net.name, "on", run.spec.data.name)
    for layer in run.layers:
        print(f"{layer.name}: {layer.units} units of {layer.inputs} inputs")
    for snapshot in (0, run.snapshots // 2, run.snapshots - 1):
        norms = run.layer("fc1").norms(snapshot)
        print(f"epoch {run.epochs[snapshot]:.2f}: {run.test_accuracy[snapshot]:.1f} %, largest norm {norms.max():.2f}")
