"""A report as one HTML page that needs nothing else: figures inside it, no script, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import io
import re
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.reports.blocks import Code, Facts, Grid, Heading, Paragraph, Pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from workbench.reports.blocks import Document, Picture

    Drawn = Mapping[Picture, bytes]  # SVG

MOST_NUMBERS = 400_000  # bytes of a table that is kept in the page
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
LOOK = """
:root { color-scheme: light }
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #1a1a1a; background: #fff;
  max-width: 62rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.8rem; line-height: 1.2 } h2 { font-size: 1.4rem; margin-top: 3rem; border-top: 1px solid #ccc;
  padding-top: 1rem } h3 { font-size: 1.15rem; margin-top: 2.2rem }
p, td, th, dd, figcaption, h1, h2, h3 { overflow-wrap: anywhere }
nav ul { columns: 14rem; padding-left: 1.2rem } nav a { color: #0072b2 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-size: .87rem; margin: .8rem 0 }
th, td { padding: .25rem .7rem .25rem 0; text-align: right; vertical-align: bottom; overflow-wrap: normal }
th { border-bottom: 1px solid #888; font-weight: 600 } td { border-bottom: 1px solid #e5e5e5 }
th:first-child, td:first-child { text-align: left } caption { text-align: left; padding: .2rem 0 }
dl { display: grid; grid-template-columns: minmax(8rem, 13rem) 1fr; gap: .3rem 1.2rem; font-size: .93rem }
dt { font-weight: 600 } dd { margin: 0 }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 1.6rem; margin: 1.2rem 0 }
figure { margin: 0 } figure svg { width: 100%; height: auto; display: block }
figcaption { font-size: .87rem; margin-top: .4rem } figcaption a { color: #0072b2 }
pre { background: #f4f4f4; padding: .8rem; overflow-x: auto; font-size: .87rem }
@media print { figure, tr, dl > * { break-inside: avoid } h2, h3 { break-after: avoid } body { max-width: none } }
"""


def html_page(document: Document, drawn: Drawn) -> bytes:
    """The page, UTF-8. `drawn` are the figures as SVG; every text in it is shown literally."""
    numbers = _Numbers(document, drawn)
    body = "\n".join(part for block in document.blocks for part in _PARTS[type(block)](block, numbers))
    fonts = _fonts("".join(map(_letters, drawn.values())))
    head = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(document.title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="workbench">\n<style>{fonts}{LOOK}</style>\n</head>\n'
    )
    return f"{head}<body>\n{body}\n</body>\n</html>\n".encode()


class _Numbers:
    """Counts figures and headings, so that each has a name of its own in the page."""

    def __init__(self, document: Document, drawn: Drawn) -> None:
        self.drawn = drawn
        self.headings = [block for block in document.blocks if isinstance(block, Heading)]
        self.figures = 0


def _heading(block: Heading, numbers: _Numbers) -> Iterator[str]:
    place = numbers.headings.index(block)
    yield f'<h{block.level} id="s{place}">{escape(block.text)}</h{block.level}>'
    if block.level == 1:
        others = enumerate(numbers.headings)
        entries = (f'<li><a href="#s{at}">{escape(each.text)}</a></li>' for at, each in others if each.level > 1)
        yield f"<nav><ul>{''.join(entries)}</ul></nav>"


def _paragraph(block: Paragraph, _numbers: _Numbers) -> Iterator[str]:
    yield f"<p>{escape(block.text)}</p>"


def _facts(block: Facts, _numbers: _Numbers) -> Iterator[str]:
    rows = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in block.rows)
    yield f"<dl>\n{rows}\n</dl>"


def _grid(block: Grid, _numbers: _Numbers) -> Iterator[str]:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in block.columns)
    rows = "\n".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
    caption = f"<caption>{escape(block.caption)}</caption>" if block.caption else ""
    yield f'<div class="scroll"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>'


def _code(block: Code, _numbers: _Numbers) -> Iterator[str]:
    yield f"<pre>{escape(chr(10).join(block.lines))}</pre>"


def _pictures(block: Pictures, numbers: _Numbers) -> Iterator[str]:
    yield '<div class="figures">'
    for picture in block.pictures:
        numbers.figures += 1
        number = numbers.figures
        caption = f"<b>Figure {number}.</b> {escape(picture.caption)}{_table_link(picture)}"
        label = escape(f"Figure {number}: {picture.figure.title}", quote=True)
        svg = _inline(numbers.drawn[picture], number).replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        yield f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"
    yield "</div>"


def _table_link(picture: Picture) -> str:
    """A link to the figure's numbers, which are inside the page; none where they are too many."""
    text = picture.figure.table().text().encode()
    if len(text) > MOST_NUMBERS:
        return ""
    data = base64.b64encode(text).decode()
    name = escape(f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', picture.name)[:80]}.csv", quote=True)
    return f' <a download="{name}" href="data:text/csv;charset=utf-8;base64,{data}">numbers (CSV)</a>'


_PARTS: dict[type, Callable[[Any, _Numbers], Iterator[str]]] = {
    Heading: _heading,
    Paragraph: _paragraph,
    Facts: _facts,
    Grid: _grid,
    Code: _code,
    Pictures: _pictures,
}


# --- figures in the page ---


def _inline(svg: bytes, number: int) -> str:
    """The SVG element alone, its names made different from those of the page's other figures."""
    text = svg.decode()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>f{number}-", text).strip()


def _letters(svg: bytes) -> str:
    """The letters of an SVG's texts."""
    return "".join(re.findall(r">([^<]*)</", svg.decode()))


def _fonts(letters: str) -> str:
    """The figures' font, as far as its letters are used: they look alike where it is not installed."""
    data = base64.b64encode(_subset("".join(sorted(set(letters))))).decode()
    return f'@font-face {{ font-family: "DejaVu Sans"; src: url(data:font/woff;base64,{data}) }}\n'


@cache
def _subset(letters: str) -> bytes:
    from fontTools import subset  # comes with matplotlib
    from matplotlib.font_manager import FontProperties, findfont

    options = subset.Options(flavor="woff", recalc_timestamp=False)
    options.drop_tables += ["FFTM"]  # of a font editor
    stream = io.BytesIO()
    with subset.load_font(findfont(FontProperties(family="DejaVu Sans")), options) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(text=letters)
        chosen.subset(font)
        subset.save_font(font, stream, options)
    return stream.getvalue()
