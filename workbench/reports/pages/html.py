"""The page as one HTML file: nothing is fetched, only its own script and style may run, and every name is literal."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.figures.graph.groups import COLOURS, ISOLATED_UNITS
from workbench.figures.graph.key import SHAPES
from workbench.figures.looks import LAWS, PARTS
from workbench.figures.style import THEMES
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.looks import Look

NAMES = {"x": "cross", "D": "diamond"}  # matplotlib's markers -> the script's
LOOKS = {f"{group}": NAMES[marker] for group, marker in SHAPES.items()} | {f"{ISOLATED_UNITS}": "hollow"}
DASHES = {"solid": "none", "dashed": "6 3", "dotted": "2 3"}
NO_SCRIPT = "This page draws its pictures with a script of its own. It fetches nothing. Please allow scripts for it."


@dataclass(frozen=True)
class Words:
    """All that is written on the page besides the pictures."""

    title: str
    about: str  # a line below the title
    facts: tuple[tuple[str, str], ...]  # a name and a text each, at the end


def page(words: Words, data: Mapping[str, Any]) -> bytes:
    """The page, UTF-8. `data` is what `page_data` returns."""
    script, style = _script(), _style()
    # A "<" could end the element, or begin a comment that hides its end.
    known = json.dumps({**data, "shapes": LOOKS}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    known = known.replace("<", "\\u003c")
    facts = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in words.facts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="workbench">
<title>{escape(words.title)}</title>
<style>{style}</style>
</head>
<body>
<h1>{escape(words.title)}</h1>
<p class="about">{escape(words.about)}</p>
<noscript><p>{NO_SCRIPT}</p></noscript>
<div id="controls" role="group" aria-label="Time">
<button id="play" type="button">Play</button>
<input id="moment" type="range" min="0" max="0" step="1" value="0" aria-label="Snapshot">
<output id="label" for="moment" aria-live="polite"><b id="now"></b> <span id="of"></span></output>
<label>Mark unit <input id="number" type="number" min="0" step="1"></label>
</div>
<main>
<figure>
<h2>Weight graph</h2>
<svg id="graph" role="img" preserveAspectRatio="xMidYMin"></svg>
<ul id="groups" class="legend"></ul>
<p id="unit" aria-live="polite"></p>
<figcaption id="seen"></figcaption>
</figure>
<div>
<figure>
<h2>Spectrum</h2>
<svg id="spectrum" class="plot" role="img"></svg>
<ul id="laws" class="legend"></ul>
<figcaption id="found"></figcaption>
</figure>
{_TRAINING if data["training"] else ""}
</div>
</main>
<footer><dl>
{facts}
</dl></footer>
<script type="application/json" id="data">{known}</script>
<script>{script}</script>
</body>
</html>
""".encode()


_TRAINING = """<figure>
<h2>Accuracy</h2>
<svg id="training" class="plot" role="img"></svg>
<ul id="parts" class="legend"></ul>
<figcaption id="accuracy"></figcaption>
</figure>"""


@cache
def _script() -> str:
    return resource("page/page.js").read_text(encoding="utf-8")


@cache
def _style() -> str:
    """The colours of groups and curves, light and, on a dark screen, dark; then the rest."""
    colours = {f"g{number}": colour for number, colour in enumerate(COLOURS)}
    lines = {**_named("law", LAWS), **_named("part", PARTS)}
    colours |= {name: look.colour for name, look in lines.items()}
    light, dark = (
        "".join(f"--{name}:{theme.line(colour)};" for name, colour in colours.items()) for theme in THEMES.values()
    )
    rules = [f":root{{{light}}}", f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"]
    rules += [f".g{number}{{fill:var(--g{number})}}.cross.g{number},#graph .cross.g{number}{{stroke:var(--g{number})}}"
              for number in range(len(COLOURS))]  # fmt: skip
    rules += [f".{name}{{stroke:var(--{name});stroke-dasharray:{DASHES[look.dash]}}}" for name, look in lines.items()]
    return "\n".join([*rules, resource("page/page.css").read_text(encoding="utf-8")])


def _named(word: str, looks: Mapping[str, Look]) -> dict[str, Look]:
    return {f"{word}-{name}": look for name, look in looks.items()}


def _policy(script: str, style: str) -> str:
    """Nothing may be loaded, sent or run but this script and this style."""
    allowed = f"script-src {_hash(script)}; style-src {_hash(style)}"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
