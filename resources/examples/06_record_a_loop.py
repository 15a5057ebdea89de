"""Record a PyTorch loop of your own, then open the run."""

import torch
from torch import nn

import workbench as wb

torch.manual_seed(0)
images = torch.randn(512, 20)
labels = (images[:, 0] > 0).long()
model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)

with wb.record("own.h5", model, snapshots=50, steps=200) as recorder:
    for _ in range(200):
        outputs = model(images)
        loss = nn.functional.cross_entropy(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recorder.step(train_loss=loss.item())

with wb.open_run("own.h5") as run:
    print(f"{run.snapshots} snapshots of {[layer.name for layer in run.layers]}")
