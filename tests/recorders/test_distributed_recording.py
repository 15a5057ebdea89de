"""Of several processes that train one network, one records."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from workbench.runs.run import open_run

DISTRIBUTED = """
import sys, torch
from torch import distributed, nn
import workbench as wb
rank, folder = int(sys.argv[1]), sys.argv[2]
distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
torch.manual_seed(rank)
model = nn.parallel.DistributedDataParallel(nn.Linear(4, 3))
optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
with wb.record(f"{folder}/run.h5", model, snapshots=2, steps=4, quiet=True) as recorder:
    assert recorder.recording == (rank == 0)
    for _ in range(4):
        loss = model(torch.randn(5, 4)).square().mean()
        optimiser.zero_grad(); loss.backward(); optimiser.step()
        recorder.step(train_loss=loss)
if rank == 1:
    torch.save(model.module.weight.detach(), f"{folder}/weight.pt")
distributed.barrier()
distributed.destroy_process_group()
"""


ROOT = Path(__file__).parents[2]


def test_of_two_processes_the_first_records_and_the_second_trains_on(tmp_path: Path) -> None:
    places = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    command = [sys.executable, "-c", DISTRIBUTED]
    both = [
        subprocess.Popen([*command, str(rank), str(tmp_path)], env=os.environ | places, stderr=subprocess.PIPE)
        for rank in (1, 0)
    ]
    for process in both:
        _, said = process.communicate(timeout=200)
        assert process.returncode == 0, said.decode()
    with open_run(tmp_path / "run.h5") as run:
        assert run.iterations.tolist() == [0, 2, 4]
        assert np.array_equal(run.layers[0].weights(-1), torch.load(tmp_path / "weight.pt").numpy())
