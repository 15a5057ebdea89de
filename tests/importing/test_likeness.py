"""What is no network of layers is said to look like what it is, by its evidence; real networks look like networks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from known_nets import known_networks

from workbench.cli import main
from workbench.importing.evidence import readings
from workbench.importing.files.beside import Beside
from workbench.importing.files.foreign import ImportProblem
from workbench.importing.likeness import Held, adapter_beside, likeness
from workbench.importing.plan import Wanted, plan_of
from workbench.nets.architectures.building import build
from workbench.runs.run import open_run
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from pathlib import Path

random = torch.Generator().manual_seed(0)
NO_NETWORK = " and not like a network of layers, because "
WINDOW = "28 × 28 positions are not a usual window of a convolution"


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=random)


def pixels(*shape: int) -> torch.Tensor:
    return torch.arange(256.0).repeat(4).reshape(-1)[: torch.Size(shape).numel()].reshape(shape)


def shades(*shape: int) -> torch.Tensor:
    return torch.linspace(0, 1, torch.Size(shape).numel()).reshape(shape)


def factors(down: str, up: str) -> dict[str, torch.Tensor]:
    return {f"m.{at}.{name}": normal(*s) for at in (0, 1) for name, s in ((down, (4, 64)), (up, (64, 4)))}


def rank_4(down: str, up: str) -> str:
    return f"all of its matrices are pairs of factors of rank 4 (m.0.{down} is 4 × 64 and m.0.{up} is 64 × 4)"


# name -> what a file holds, and what it looks like: the parameters that are no layers by their names are refused
FILES: dict[str, tuple[dict[str, Any], str]] = {
    "embedding by its name": (
        {"word_embeddings.weight": normal(500, 8)},
        f"an embedding table{NO_NETWORK}word_embeddings.weight is 500 × 8, and it is called embeddings and has no bias",
    ),
    "embedding by its shape": (
        {"weight": normal(500, 8)},
        f"an embedding table{NO_NETWORK}weight is 500 × 8, it has many more rows than columns and no bias, and it is "
        "all that the file holds",
    ),
    "tables of a recommender": (
        {"users.weight": normal(610, 8), "items.weight": normal(20, 8)},
        f"2 embedding tables{NO_NETWORK}users.weight is 610 × 8, none of its matrices has a bias, and none takes what "
        "another gives",
    ),
    "images of bytes": (
        {"images": pixels(1, 1, 28, 28).byte(), "labels": torch.arange(1)},
        f"a set of images{NO_NETWORK}images is 1 × 1 × 28 × 28, its whole numbers go from 0 to 255, none is negative, "
        f"it is called images, it is stored as uint8, {WINDOW}, and labels is next to it",
    ),
    "images called weights": (
        {"weight": shades(50, 1, 28, 28)},
        f"a set of images{NO_NETWORK}weight is 50 × 1 × 28 × 28, its numbers go from 0 to 1, none is negative, and "
        f"{WINDOW}",
    ),
    "images in rows": (
        {"rows.weight": pixels(1, 784)[:, :784].repeat(3, 1)},
        f"a set of images{NO_NETWORK}rows.weight is 3 × 784, its whole numbers go from 0 to 255, none is negative, and "
        "its rows are as long as those of pictures",
    ),
    "inputs and labels": (
        {"x": normal(100, 20), "y": normal(100)},
        f"a data set{NO_NETWORK}x is 100 × 20, it is called x, and y is next to it",
    ),
    "stack of matrices": (
        {"stack.weight": normal(10, 20, 30)},
        f"a stack of arrays{NO_NETWORK}stack.weight is 10 × 20 × 30, there is no bias with it, and 30 is not a "
        "usual window of a convolution",
    ),
    "adapter of peft": (
        factors("lora_A.weight", "lora_B.weight"),
        f"a LoRA adapter{NO_NETWORK}it has names such as m.0.lora_A.weight, and "
        f"{rank_4('lora_A.weight', 'lora_B.weight')}",
    ),
    "adapter of diffusers": (
        factors("to_q_lora.down.weight", "to_q_lora.up.weight"),
        f"a LoRA adapter{NO_NETWORK}it has names such as m.0.to_q_lora.down.weight, and "
        f"{rank_4('to_q_lora.down.weight', 'to_q_lora.up.weight')}",
    ),
    "adapter by its structure": (
        factors("a.weight", "b.weight"),
        f"a LoRA adapter{NO_NETWORK}{rank_4('a.weight', 'b.weight')}",
    ),
    "adapter without layers": (
        factors("lora_A", "lora_B"),
        f"a LoRA adapter{NO_NETWORK}it has names such as m.0.lora_A, and {rank_4('lora_A', 'lora_B')}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_network_is_said_to_look_like_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    tensors, expected = FILES[case]
    torch.save(tensors, tmp_path / "file.pt")
    words = ["import", str(tmp_path / "file.pt"), "--dry-run"]
    refused = not any(key.endswith(".weight") or key == "weight" for key in tensors) or case == "embedding by its name"
    assert main(words) == int(refused)
    out, err = capsys.readouterr()
    assert f"looks like {expected}" in (err if refused else out)
    if not refused:
        assert plan_of(Wanted((tmp_path / "file.pt",))).spec.net.name == UNKNOWN


def test_the_run_and_info_say_what_the_file_looked_like(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tensors, expected = FILES["adapter of peft"]
    torch.save(tensors, tmp_path / "file.pt")
    assert main(["import", str(tmp_path / "file.pt"), "--out", str(tmp_path / "run.h5")]) == 0
    assert f"note: looks like {expected}" in capsys.readouterr().out
    assert main(["info", str(tmp_path / "run.h5")]) == 0
    assert f"note: looks like {expected}" in capsys.readouterr().out
    with open_run(tmp_path / "run.h5") as run:
        assert run.spec.origin is not None
        assert run.spec.origin.note == f"looks like {expected}"


def test_the_config_of_an_adapter_is_evidence(tmp_path: Path) -> None:
    torch.save(factors("a.weight", "b.weight"), tmp_path / "file.pt")
    config = {"peft_type": "LORA", "base_model_name_or_path": "gpt2"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    (note,) = plan_of(Wanted((tmp_path / "file.pt",))).notes
    said = "because adapter_config.json says so (LORA for the network gpt2), and all of its matrices are pairs of"
    assert said in note


@pytest.mark.parametrize("base", ["base.weight", "base.base_layer.weight"])
def test_an_adapter_beside_the_weights_it_is_added_to_is_said(tmp_path: Path, base: str) -> None:
    shapes = {base: (64, 64), "base.lora_A.weight": (8, 64), "base.lora_B.weight": (64, 8)}
    torch.save({key: normal(*shape) for key, shape in shapes.items()}, tmp_path / "lora.pt")
    plan = plan_of(Wanted((tmp_path / "lora.pt",)))
    assert plan.spec.net.name == UNKNOWN  # although three matrices in a row fit
    assert plan.notes == (
        "contains a LoRA adapter together with the weights that it is added to; its factors are separate layers here: "
        "base.lora_A.weight, base.lora_B.weight; merge them to see what the network computes with",
    )


@pytest.mark.parametrize(
    ("held", "problem"),
    [(normal(20, 30), r"holds a single array \(20 × 30, float32\), which does not say what it is; save it under a"),
     ([normal(20, 30)] * 2, "holds a list of 2 arrays without names and not a state dict; save it under a name")],
    ids=["one", "list"],
)  # fmt: skip
def test_arrays_without_names_are_refused_as_such(tmp_path: Path, held: Any, problem: str) -> None:
    torch.save(held, tmp_path / "file.pt")
    with pytest.raises(ImportProblem, match=problem):
        plan_of(Wanted((tmp_path / "file.pt",)))


def test_images_in_hdf5_are_said(tmp_path: Path) -> None:
    for dtype in ("u1", "f4"):
        with h5py.File(tmp_path / f"{dtype}.h5", "w") as file:
            file["images"] = np.arange(5 * 28 * 28).reshape(5, 28, 28).astype(dtype)
    with pytest.raises(ImportProblem, match="only whole ones, as images and labels are: /images is 5 × 28 × 28 of u"):
        plan_of(Wanted((tmp_path / "u1.h5",)))
    (note,) = plan_of(Wanted((tmp_path / "f4.h5",))).notes
    assert note.startswith(f"looks like a set of images{NO_NETWORK}images.weight is 5 × 28 × 28, its whole numbers go")


def test_every_network_looks_like_one() -> None:
    for name, network in known_networks().items():
        shapes = {key: (tuple(shape), dtype) for key, shape, dtype in network["state"] if 0 not in shape}
        held = Held(shapes, readings(shapes), Beside())
        assert (likeness(held), adapter_beside(held)) == (None, ""), name


@pytest.mark.parametrize("shapes", [
    {"weight": (10, 784)},
    {"weight": (10, 784), "bias": (10,)},
    {"down.weight": (4, 64), "down.bias": (4,), "up.weight": (64, 4), "up.bias": (64,)},
    {"0.weight": (4, 64), "1.weight": (64, 4), "2.weight": (4, 64), "3.weight": (64, 4)},
    {"patches.weight": (64, 3, 16, 16), "patches.bias": (64,)},
    {"features.0.weight": (8, 3, 3, 3), "features.1.weight": (8, 8, 3, 3)},
])  # fmt: skip
def test_small_networks_look_like_networks(shapes: dict[str, tuple[int, ...]]) -> None:
    held = {key: (shape, "float32") for key, shape in shapes.items()}
    assert likeness(Held(held, readings(held), Beside())) is None


LENET = "LeNet 8-4"


@pytest.mark.parametrize(
    ("config", "net", "identity", "note"),
    [
        ({"activation": "relu"}, "lenet", "config", f"{LENET}, because config.json names the activation function relu"),
        ({"hidden_act": "torch.nn.ReLU"}, "lenet", "config",
         f"{LENET}, because config.json names the activation function torch.nn.ReLU"),
        ({"architectures": ["LeNet-300-100"]}, "lenet", "config",
         f"{LENET}, because config.json names the architecture LeNet-300-100"),
        ({"activation": "tanh"}, UNKNOWN, "guessed",
         f"not taken for {LENET}, whose shapes it has: config.json names the activation function tanh"),
        ({"architecture": "conv2"}, UNKNOWN, "guessed",
         f"not taken for {LENET}, whose shapes it has: config.json names the architecture conv2"),
        ({"architectures": ["MyNet"], "hidden_size": 3}, "lenet", "guessed", None),
        ([], "lenet", "guessed", None),
        ("{", "lenet", "guessed", "config.json next to it cannot be read and is skipped (JSONDecodeError)"),
    ],
    ids=str,
)  # fmt: skip
def test_a_config_beside_the_checkpoint_confirms_or_contradicts_a_guess(
    tmp_path: Path, config: Any, net: str, identity: str, note: str | None
) -> None:
    torch.save(build("lenet", (1, 8, 8), 10, (8, 4)).state_dict(), tmp_path / "net.pt")
    (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
    plan = plan_of(Wanted((tmp_path / "net.pt",)))
    assert plan.spec.origin is not None
    assert (plan.spec.net.name, plan.spec.origin.identity) == (net, identity)
    assert plan.notes == (() if note is None else (note,))


def test_what_whoever_imports_says_outweighs_the_config(tmp_path: Path) -> None:
    torch.save(build("lenet", (1, 8, 8), 10, (8, 4)).state_dict(), tmp_path / "net.pt")
    (tmp_path / "config.json").write_text('{"activation": "tanh"}')
    plan = plan_of(Wanted((tmp_path / "net.pt",), net="lenet"))
    assert plan.spec.origin is not None
    assert (plan.spec.net.name, plan.spec.origin.identity, plan.notes) == ("lenet", "given", ())


def test_an_architecture_that_is_none_of_the_catalogue_is_named_all_the_same(tmp_path: Path) -> None:
    torch.save({"a.weight": normal(8, 9), "a.bias": normal(8)}, tmp_path / "net.pt")
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"], "hidden_act": "gelu"}')
    plan = plan_of(Wanted((tmp_path / "net.pt",)))
    assert plan.notes == ("config.json names the architecture BertModel, which is not in the catalogue",)


@pytest.mark.parametrize("key", ["lm_head.weight", "fc.weight", "fc1.weight"])
def test_a_matrix_alone_that_is_called_a_layer_is_taken_for_one_by_its_name(tmp_path: Path, key: str) -> None:
    torch.save({key: normal(500, 8)}, tmp_path / "file.pt")
    plan = plan_of(Wanted((tmp_path / "file.pt",)))
    word = key.removesuffix(".weight").removeprefix("lm_")
    argument = f"{key}: linear layer, units on the first axis, because it is called {word}, PyTorch keeps units first"
    assert plan.spec.origin is not None
    assert (plan.notes, plan.spec.origin.evidence) == ((), (argument,))
