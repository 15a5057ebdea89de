"""An experiment of your own: does weight decay lower the stable rank? Run it again: complete runs are kept."""

from collections import defaultdict

import workbench as wb

base = wb.recipe("digits-quick").changed(epochs=1, snapshots="log:4")
trials = wb.product(base, {"optimiser.weight_decay": (0.0, 3e-2)}, "experiment", repeats=2)

with wb.this_machine([trial.spec for trial in trials]) as (executor, room):
    print(f"{len(trials)} trainings, {room.workers} at a time ({room.bound})")
    for event in wb.run_trials(trials, executor):
        if event.settled:
            print(event.trial.name, event.state, f"{event.accuracy:.1f} %", event.problem)

ranks = defaultdict(list)
for trial in trials:
    eigenvalues = wb.open_run(trial.path).layer("fc1").eigenvalues(-1)
    ranks[trial.spec.optimiser.weight_decay].append(eigenvalues.sum() / eigenvalues.max())
for decay, found in ranks.items():
    print(f"weight decay {decay:g}: stable rank of fc1 {sum(found) / len(found):.1f} over {len(found)} seeds")
