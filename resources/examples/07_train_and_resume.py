"""Train a small network on the bundled digits, with every snapshot stored as it comes."""

import workbench as wb

spec = wb.RunSpec(
    net=wb.NetSpec("lenet", widths=(30, 10)),
    data=wb.DataSpec("digits"),
    optimiser=wb.OptimiserSpec("sgd", learning_rate=0.1),
    epochs=2,
    seed=1,
)
for event in wb.record_run("trained.h5", wb.train(spec)):
    print(event)
