"""What a state dict is taken for is what the network that it belongs to says of itself."""

from __future__ import annotations

import pytest
from importing_steps import by_key, floats
from known_nets import known_networks
from torch import nn

from workbench.importing.evidence import readings, turned
from workbench.importing.files.sources import natural
from workbench.importing.reading import Reading, arguments, layers_of
from workbench.nets.units import layers
from workbench.runs.layout import LayerInfo, layer_info

Shape = tuple[int, ...]
Shapes = dict[str, tuple[Shape, str]]


def shapes_of(net: nn.Module) -> Shapes:
    return {key: (tuple(value.shape), str(value.dtype)[6:]) for key, value in net.state_dict().items()}


def facts(layer: LayerInfo) -> tuple[object, ...]:
    return layer.name, layer.kind, layer.units, layer.inputs, layer.key, layer.first, layer.transposed


# Layers that a network does not list among its modules: linear ones that are written out in its own code, and names
# under which a module stands a second time.
ALSO_LAYERS = ("QuantLinear", "MixtralTopKRouter", "OlmoeTopKRouter", "GptOssTopKRouter")
TWICE = "timm/coat_tiny"


@pytest.mark.parametrize("order", ["as in the network", "sorted"])
@pytest.mark.parametrize("name", sorted(known_networks()))
@pytest.mark.thinned(3)
def test_layers_kinds_and_orientations_are_those_of_the_true_modules(name: str, order: str) -> None:
    network = known_networks()[name]
    shapes = {key: (tuple(shape), dtype) for key, shape, dtype in network["state"] if 0 not in shape}
    if order == "sorted":  # as .safetensors and HDF5 files are
        shapes = {key: shapes[key] for key in sorted(shapes, key=natural)}
    found = {(layer.key, layer.first): facts(layer) for layer in layers_of(readings(shapes))}
    true = {}
    for own, kind, units, inputs, parameter, first, transposed in network["layers"]:
        layer = LayerInfo(own, kind, units, inputs, 0, parameter=parameter, first=first, transposed=transposed)
        if layer.key in shapes:
            true[layer.key, layer.first] = facts(layer)
    extra = {key for key in found.keys() - true.keys() if network["modules"].get(key[0]) not in ALSO_LAYERS}
    if name == TWICE:
        extra = {key for key in extra if key[0] not in shapes}
    if name == "own/bilinear":  # its weight has the shape of a convolution's, and nothing else says what it is
        extra -= {("b.weight", 0)}
    assert not extra
    assert {key: found.get(key) for key in true} == true


NETS = {
    "convolutions": lambda: nn.Sequential(nn.Conv1d(2, 3, 4), nn.Conv2d(3, 4, 2, groups=1), nn.Conv3d(1, 2, 3)),
    "grouped": lambda: nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.BatchNorm2d(8), nn.Linear(8, 3, bias=False)),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(3, 5, 2), nn.ConvTranspose1d(5, 4, 3)),
    "attention": lambda: nn.TransformerEncoderLayer(6, 2, 9),
    "wide attention": lambda: nn.Sequential(nn.MultiheadAttention(6, 2, kdim=4, vdim=5)),
}


@pytest.mark.parametrize("name", NETS)
def test_a_live_network_and_its_state_dict_say_the_same(name: str) -> None:
    net = NETS[name]()
    said = {layer.name: facts(layer_info(layer)) for layer in layers(net)}
    assert {layer.name: facts(layer) for layer in layers_of(readings(shapes_of(net)))} == said


def test_square_weights_lie_as_their_neighbours_do_and_embeddings_are_no_layers() -> None:
    block = {"c_fc": (4, 16), "c_proj": (4, 4)}
    state = {f"h.{name}.weight": (shape, "float32") for name, shape in block.items()}
    state |= {f"h.{name}.bias": (shape[1:], "float32") for name, shape in block.items()}
    state |= {"wte.weight": ((50, 4), "float32"), "norm.weight": ((4,), "float32"), "count": ((), "int64")}
    found = layers_of(readings(state))
    known = [(layer.name, layer.transposed, layer.units) for layer in found]
    assert known == [("h.c_fc", True, 16), ("h.c_proj", True, 4)]


def test_a_bias_outweighs_every_word_and_norm() -> None:
    state = floats(token_embedding__weight=(16, 8), token_embedding__bias=(16,), norm__weight=(8,), norm__bias=(8,))
    reading = by_key(readings(state))["token_embedding.weight"]
    assert (reading.role, reading.layers[0].units, reading.doubt) == ("layer", 16, "")
    assert reading.because == "its bias has 16 numbers, PyTorch keeps units first"


def test_a_transposed_convolution_without_a_bias_is_shown_by_its_norm() -> None:
    net = nn.Sequential(nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64), nn.Conv2d(64, 3, 3))
    first, second = readings(shapes_of(net))
    assert (first.layers[0].transposed, first.layers[0].units) == (True, 64)
    assert "the norm that follows has 64" in first.because
    assert first.doubt == "PyTorch keeps units first"  # one clue against one: it is said to be unsure
    assert (second.layers[0].transposed, second.doubt) == (False, "")


def test_the_last_layer_of_a_generator_is_transposed_as_those_before_it_and_that_is_unsure() -> None:
    middle = nn.ConvTranspose2d(64, 32, 4, bias=False), nn.BatchNorm2d(32)
    net = nn.Sequential(nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64), *middle, nn.ReLU(),
                        nn.ConvTranspose2d(32, 1, 4, bias=False))  # fmt: skip
    *_, last = readings(shapes_of(net))
    assert (last.layers[0].units, last.layers[0].inputs) == (1, 512)
    assert last.because == (
        "the convolutions next to it with the same window are transposed, the layers before it give 32 and not 1"
    )
    assert last.doubt == "PyTorch keeps units first"


def test_weights_of_one_argument_share_a_sentence() -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 6), nn.Linear(6, 5), nn.Linear(5, 2, bias=False))
    usual = "linear layer, units on the first axis, because"
    bias = "the bias has as many numbers as there are units, PyTorch keeps units first"
    fits = "the layers before it give as many as it has inputs"
    assert arguments(readings(shapes_of(net))) == (
        f"0.weight: {usual} {bias}",
        f"1.weight, 2.weight: {usual} {bias}, {fits}",
        f"3.weight: {usual} PyTorch keeps units first, {fits}",
    )
    many = arguments(Reading(f"{at}", (2, 2), "layer", doubt=f"{at}") for at in range(43))
    assert (len(many), many[-1]) == (41, "and 3 more reasons")


def test_what_a_person_says_outweighs_the_evidence() -> None:
    net = nn.Sequential(nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64), nn.Conv2d(64, 3, 3))
    found = readings(shapes_of(net))
    first, second = turned(found, ("0",))
    assert (first.layers[0].transposed, first.layers[0].units, first.doubt) == (False, 100, "")
    assert first.words == "the person who imported it said so"
    assert second == found[1]
    assert [each.layers[0].transposed for each in turned(found, ("*.weight",))] == [False, True]
    with pytest.raises(ValueError, match=r"no layer has weights called 1; there are 0\.weight, 2\.weight"):
        turned(found, ("1",))


def test_a_transposed_convolution_in_groups_is_no_layer_and_the_reason_is_said() -> None:
    net = nn.Sequential(nn.ConvTranspose2d(32, 64, 4, groups=4), nn.Conv2d(64, 3, 3))
    first, second = readings(shapes_of(net))
    assert (first.role, first.layers) == ("other", ())
    assert "in 4 groups" in first.because
    assert second.role == "layer"


TABLES = {
    "shared.weight": (6000, 64),
    "emb.weight": (400, 16),
    "rel.relative_attention_bias.weight": (32, 8),
    "user_factors.weight": (943, 32),
}


@pytest.mark.parametrize("key", TABLES)
def test_tables_are_no_layers(key: str) -> None:
    width = TABLES[key][1]
    state = {key: (TABLES[key], "float32"), "block.norm.weight": ((width,), "float32")}
    state |= {"block.fc.weight": ((128, width), "float32"), "block.fc.bias": ((128,), "float32")}
    found = by_key(readings(state))
    assert (found[key].role, found["block.fc.weight"].role) == ("table", "layer")


def test_patches_are_embedded_by_a_convolution_whatever_it_is_called() -> None:
    found = readings(floats(vision__patch_embedding__weight=(32, 3, 16, 16)))
    assert [(each.role, each.layers[0].units, each.layers[0].inputs) for each in found] == [("layer", 32, 768)]


def test_the_head_of_a_language_model_is_a_layer() -> None:
    state = floats(wte__weight=(500, 16), h__0__fc__weight=(64, 16), h__0__fc__bias=(64,), lm_head__weight=(500, 16))
    assert [(each.key, each.role) for each in readings(state)] == [
        ("wte.weight", "table"), ("h.0.fc.weight", "layer"), ("lm_head.weight", "layer"),
    ]  # fmt: skip


def test_where_names_are_sorted_a_norm_that_comes_next_in_the_file_says_nothing() -> None:
    block = floats(conv1__weight=(64, 32, 3, 3), conv2__weight=(32, 64, 3, 3), norm1__weight=(64,), norm1__bias=(64,))
    first, second = readings({key: block[key] for key in sorted(block)})
    assert [(each.layers[0].units, each.doubt) for each in (first, second)] == [(64, ""), (32, "")]


def test_numbered_modules_follow_each_other_also_where_names_are_sorted() -> None:
    net = nn.Sequential(*[nn.Identity()] * 9, nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64))
    state = shapes_of(nn.ModuleDict({"generator": net}))
    (found,) = readings({key: state[key] for key in sorted(state, key=natural)})
    assert found.layers[0].units == 64
    assert "the norm that follows has 64" in found.because


def test_a_table_may_also_be_the_last_layer_where_names_are_sorted() -> None:
    state = floats(block__fc__bias=(128,), block__fc__weight=(128, 64), norm__weight=(64,), shared__weight=(6000, 64))
    found = by_key(readings(state))["shared.weight"]
    assert (found.role, found.doubt) == ("table", "its names are sorted, so that it may also be the last layer")
    other = by_key(turned(readings(state), ("shared",)))["shared.weight"]
    assert (other.layers[0].units, other.layers[0].inputs, other.doubt) == (6000, 64, "")


def test_a_tall_matrix_that_shares_no_size_may_be_a_table_and_can_be_taken_for_one() -> None:
    state = floats(vision__conv__weight=(32, 3, 16, 16), shared__weight=(6000, 64))
    found = by_key(readings(state))["shared.weight"]
    doubt = "it has no bias and nothing else has its sizes, so that it may also be a lookup table"
    assert (found.role, found.layers[0].units, found.doubt) == ("layer", 6000, doubt)
    other = by_key(turned(readings(state), ("shared",)))["shared.weight"]
    assert (other.role, other.layers, other.doubt) == ("table", (), "")
    for sure in ({"lm_head__weight": (6000, 64)}, {"shared__weight": (6000, 64), "next__weight": (8, 6000)}):
        assert {each.doubt for each in readings(floats(vision__conv__weight=(32, 3, 16, 16), **sure))} == {""}


def test_a_parameter_of_its_own_is_no_width_that_a_layer_gives() -> None:
    state = floats(embeddings__class_embedding=(32,), embeddings__patch_embedding__weight=(32, 3, 8, 8))
    assert readings(state)[0].doubt == ""


def test_where_names_are_sorted_any_norm_beside_a_transposed_convolution_speaks_for_its_units() -> None:
    state = floats(bn1__weight=(24,), bn2__weight=(12,), up1__weight=(48, 24, 4, 4), up2__bias=(12,))
    found = by_key(readings(state | floats(up2__weight=(24, 12, 4, 4))))["up1.weight"]
    assert (found.layers[0].units, found.doubt) == (24, "PyTorch keeps units first")
