"""What the config beside a checkpoint says of its network, as plain text; nothing in it is run. Loads no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.nets.architectures.catalogue import ARCHITECTURES, architecture
from workbench.runs.errors import shown
from workbench.runs.files.regular_file import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG, ADAPTER = "config.json", "adapter_config.json"
LARGEST = 1 << 20  # bytes
LONGEST = 80  # letters of a value that is shown
ACTIVATIONS = ("activation", "activation_function", "activation_fn", "hidden_act", "hidden_activation", "act",
               "act_fn", "act_layer", "nonlinearity")  # fmt: skip
NETS = ("architecture", "architectures", "arch", "model", "model_name", "model_type", "net", "network")
OURS = "relu"  # the activation function of every network of the catalogue


@dataclass(frozen=True)
class Beside:
    """What lies beside a checkpoint."""

    activations: tuple[str, ...] = ()  # as config.json names them
    nets: tuple[str, ...] = ()
    adapter: str = ""  # the kind that adapter_config.json names: "LORA"
    base: str = ""  # the network that such an adapter is for
    note: str = ""  # which config cannot be read

    def confirms(self, net: str) -> str:
        """By which words the config says that this is the network `net` of the catalogue; "" where it does not."""
        named = next((name for name in self.nets if _of_catalogue(name) == net), "")
        if named:
            return f"{CONFIG} names the architecture {named}"
        if self.activations and all(_plain(each) == OURS for each in self.activations):
            return f"{CONFIG} names the activation function {self.activations[0]}"
        return ""

    def contradicts(self, net: str) -> str:
        """By which words the config says that this is another network; "" where it does not."""
        other = next((name for name in self.nets if _of_catalogue(name) not in ("", net)), "")
        if other:
            return f"{CONFIG} names the architecture {other}"
        foreign = next((each for each in self.activations if _plain(each) != OURS), "")
        return f"{CONFIG} names the activation function {foreign}" if foreign else ""


def beside(path: Path) -> Beside:
    """What the configs in the folder of a checkpoint say."""
    try:
        config, adapter = (_read(path.with_name(name)) for name in (CONFIG, ADAPTER))
    except ValueError as error:
        return Beside(note=str(error))
    return Beside(
        tuple(_texts(config, ACTIVATIONS)), tuple(_texts(config, NETS)),
        next(_texts(adapter, ("peft_type",)), ""), next(_texts(adapter, ("base_model_name_or_path",)), ""),
    )  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    """The object in a JSON file; none where there is no such file. ValueError: it cannot be read."""
    try:
        found = json.loads(read(path, LARGEST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{path.name} next to it cannot be read and is skipped ({type(error).__name__})") from error
    return found if isinstance(found, dict) else {}


def _texts(config: dict[str, Any], keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        value = config.get(key)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each:
                yield shown(each[:LONGEST])


def _of_catalogue(name: str) -> str:
    """The name in the catalogue; "" where it has no such network."""
    titles = {_plain(each.title): each.name for each in ARCHITECTURES.values()}
    try:
        return titles.get(_plain(name)) or architecture(name).name
    except ValueError:
        return ""


def _plain(name: str) -> str:
    """Letters and digits alone, without the module before them: "torch.nn.ReLU" is "relu"."""
    return "".join(each for each in name.rpartition(".")[2].lower() if each.isalnum())
