"""Compare pruning orders with random ones, at half of the units."""

import workbench as wb

with wb.open_run("sample_runs/digits_lenet.h5") as run:
    found = wb.prune(run, "fc1", orders=("max_mag", "max_fp", "random"))
    half = run.layer("fc1").units // 2
    for order, removed, accuracy, deviation, _loss in found.rows():
        if removed == half:
            print(f"{order}: {accuracy:.2f} % without {removed} units (SD {deviation:.2f})")
