"""Which arrays of another tool's HDF5 file are which parameter at which epoch. Loads no torch."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.importing.files.sources import natural
from workbench.importing.inputs_first import NUMBERED, OWN, laid_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.importing.files.foreign import Shapes

BOXES = ("value", "raw_value")  # what Flax's NNX calls the array in a parameter
PLACE = "{}"  # stands for the number of the epoch in a path
EPOCH = re.compile(r"(epoch|step|iter|iteration|snapshot|time|(?<![a-z])(ep|e|t))s?[-_]?$", re.IGNORECASE)
WEIGHTS, BIASES = ("weight", "weights", "kernel", "w"), ("bias", "biases", "b")


@dataclass(frozen=True)
class ParameterMap:
    """`parameters`: state-dict key -> path with {} in place of the epoch's number; `numbers`: the epochs, rising."""

    parameters: dict[str, str]
    numbers: tuple[str, ...]  # as they are written in the paths; ("",) where there is one snapshot only
    of_epochs: bool = False  # the paths say that these are epochs, and not only that they count

    def paths(self, number: str) -> dict[str, str]:
        """State-dict key -> path at one epoch."""
        return {key: path.replace(PLACE, number) for key, path in self.parameters.items()}


def guessed(shapes: Shapes, classes: Mapping[str, str] | None = None) -> ParameterMap:
    """The mapping that the paths of a file suggest; `classes` are those of a Keras model's layers.

    A number tells snapshots apart where the path says so ("epoch_3"), or where every array has it as a whole step of
    its path and each number stands for a whole network. Else every array is a parameter of one snapshot: the numbers
    of layers and blocks are no epochs.
    """
    numbers: dict[str, dict[str, object]] = defaultdict(dict)
    for path, what in shapes.items():
        for template, number in _templates(path):
            numbers[template][number] = what
    series = {
        template for template, found in numbers.items() if len(found) > 1 and len(set(map(repr, found.values()))) == 1
    }
    said = _chosen(shapes, numbers, {template for template in series if _says_epoch(template)})
    chosen = said or _of_whole_networks(shapes, numbers, series)
    if not chosen:
        return ParameterMap(_named({path: shape for path, (shape, _) in shapes.items()}, classes or {}), ("",))
    sets = Counter(frozenset(numbers[template]) for template in chosen)
    common = max(sets, key=lambda each: (sets[each], len(each)))
    kept = {each: _shape(each, numbers, shapes) for each in chosen if common <= set(numbers[each])}
    return ParameterMap(_named(kept, classes or {}), tuple(sorted(common, key=int)), of_epochs=bool(said))


def _named(templates: Mapping[str, tuple[int, ...]], classes: Mapping[str, str]) -> dict[str, str]:
    """State-dict key -> path; in the order of the model where it is known, else by the numbers in the names."""
    laid = laid_out(templates, {each: words_of(each) for each in templates}, classes)
    keys = {path: ".".join(each.words) for path, each in laid.items()}
    keys = {path: keys.get(path) or _key(path, len(shape)) for path, shape in templates.items()}
    if len(set(keys.values())) < len(keys):
        keys = {path: _key(path, len(shape)) for path, shape in templates.items()}
    places = {path: laid[path].place if path in laid else -1 for path in keys}
    ordered = sorted(keys, key=lambda path: (places[path], natural(keys[path].removesuffix(".weight"))))
    return {keys[path]: path for path in ordered}


def passed_over(mapping: ParameterMap, shapes: Shapes) -> list[str]:
    """The arrays of a file that are no parameter of any snapshot."""
    taken = {path for number in mapping.numbers for path in mapping.paths(number).values()}
    return [path for path in shapes if path not in taken]


def _chosen(shapes: Shapes, numbers: Mapping[str, Mapping[str, object]], series: set[str]) -> list[str]:
    """For each array the template with the most numbers among those in `series`, in the order of the file."""
    chosen: dict[str, None] = {}
    for path in shapes:
        fitting = [template for template, _ in _templates(path) if template in series]
        if fitting:
            chosen[max(fitting, key=lambda template: len(numbers[template]))] = None
    return list(chosen)


def _of_whole_networks(shapes: Shapes, numbers: Mapping[str, Mapping[str, object]], series: set[str]) -> list[str]:
    """The templates of a file whose every array has the same number as a step of its path: a network for each."""
    whole = {template for template in series if f"/{PLACE}/" in f"{template}/"}
    chosen = _chosen(shapes, numbers, whole)
    covered = sum(len(numbers[template]) for template in chosen)
    matrices = [template for template in chosen if len(_shape(template, numbers, shapes)) > 1]
    same = len({frozenset(numbers[template]) for template in chosen}) == 1
    last = all(template.endswith(PLACE) for template in chosen)
    return chosen if covered == len(shapes) and same and (len(matrices) > 1 or last) else []


def given(words: Sequence[str], shapes: Shapes) -> ParameterMap:
    """The mapping that is spelled out: "fc1.weight=/epoch_{}/dense/kernel" and so on.

    ValueError: an entry that is none, or paths that are not in the file.
    """
    parameters = {}
    for word in words:
        key, sign, template = word.partition("=")
        if not sign or not key.strip() or not template.strip():
            raise ValueError(f'{word!r} is not a mapping: write KEY=PATH, such as "fc1.weight=/epoch_{{}}/fc1/weight"')
        parameters[key.strip()] = "/" + template.strip().strip("/")
    return with_numbers(parameters, shapes)


def with_numbers(parameters: Mapping[str, str], shapes: Shapes) -> ParameterMap:
    """The mapping of these parameters, with the numbers that all have in the file. ValueError: there are none."""
    found: list[set[str]] = []
    for key, template in parameters.items():
        start, place, end = template.partition(PLACE)
        pattern = re.compile(re.escape(start) + (r"(\d+)" + re.escape(end) if place else ""))
        numbers = {match[1] if place else "" for match in map(pattern.fullmatch, shapes) if match}
        if not numbers:
            raise ValueError(f"{key}: the file has no array {template}")
        found.append(numbers)
    common = set.intersection(*found) if found else set()
    if not common:
        raise ValueError("no epoch has all of the parameters that are mapped")
    ordered = tuple(sorted(common, key=lambda number: int(number or 0)))
    return ParameterMap(dict(parameters), ordered, any(map(_says_epoch, parameters.values())))


def _templates(path: str) -> list[tuple[str, str]]:
    """(the path with {} in place of one of its numbers, that number)."""
    numbers = [m for m in re.finditer(r"\d+", path) if not path[: m.start()].endswith(f"/{NUMBERED}/")]
    return [(path[: m.start()] + PLACE + path[m.end() :], m[0]) for m in numbers]


def _says_epoch(template: str) -> bool:
    start = template.partition(PLACE)[0].rpartition("/")[2]
    return EPOCH.search(start) is not None


def _shape(template: str, numbers: Mapping[str, Mapping[str, object]], shapes: Shapes) -> tuple[int, ...]:
    return shapes[template.replace(PLACE, next(iter(numbers[template])))][0]


def _key(template: str, rank: int) -> str:
    """A state-dict key for a path: without the epoch, dots for slashes, "weight" and "bias" at the end."""
    parts = words_of(template) or ["parameter"]
    last = parts[-1].lower()
    if rank >= 2 and last in WEIGHTS:
        parts[-1] = "weight"
    elif rank == 1 and last in BIASES:
        parts[-1] = "bias"
    elif rank >= 2:
        parts.append("weight")
    return ".".join(parts)


def words_of(template: str) -> list[str]:
    """The names in a path, from the outermost to its own, without the epoch."""
    pieces = (part.partition(PLACE) for part in re.split(r"[/.]", template.strip("/").removesuffix(":0")))
    words = ((EPOCH.sub("", start) if place else start) + end for start, place, end in pieces)
    found = [word for word in (word.strip("-_ .") for word in words) if word]
    boxed = len(found) > 1 and found[-1] in BOXES and found[-2] in OWN
    return found[:-1] if boxed else found
