"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const PATHS = 1500; // of edges, at most: where one crosses another the ink adds up
  const WHOLE = 4000; // milliseconds from the first to the last snapshot, if each gets at least SHORTEST
  const SHORTEST = 130, REACH = 14; // milliseconds; pixels from the pointer to a unit
  const SHAPES = {
    disc: "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
    hollow: "M1 0A1 1 0 1 1-1 0A1 1 0 1 1 1 0Z",
    diamond: "M0-1.2L1.2 0 0 1.2-1.2 0Z",
    cross: "M-.8-.8L.8.8M-.8.8L.8-.8",
  };
  const last = data.labels.length - 1;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const $ = (id) => document.getElementById(id);

  function make(name, attributes, parent, text) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  }

  // --- reading ---

  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const words = (text) => {
    const found = bytes(text);
    return Array.from({ length: found.length / 2 }, (_, at) => found[2 * at] + 256 * found[2 * at + 1]);
  };
  const gaps = (text) => {
    const found = [];
    let number = 0, gap = 0, scale = 1;
    for (const byte of bytes(text)) {
      gap += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) {
        number += gap;
        found.push(number);
        gap = 0;
        scale = 1;
      }
    }
    return found;
  };

  const decoded = (text) => gaps(text).map((code) => [Math.floor(code / data.units), code % data.units]);
  const pairs = decoded(data.pairs);
  const there = new Uint8Array(pairs.length);
  const graphs = data.graphs.map((graph) => {
    if (!graph) return null;
    for (const pair of gaps(graph.changed)) there[pair] ^= 1;
    const edges = [];
    there.forEach((yes, pair) => { if (yes) edges.push(pairs[pair]); });
    const groups = bytes(graph.groups), norms = words(graph.norms);
    return {
      edges, groups, places: words(graph.places), names: graph.names, labels: graph.labels, words: graph.words,
      layers: graph.layers, joined: decoded(graph.joined),
      norms: norms.map((level) => data.largest * level / data.levels[1]),
      cosines: Array.from(bytes(graph.cosines), (level) => graph.cutoff + (1 - graph.cutoff) * level / data.levels[0]),
      shades: Array.from(bytes(graph.shades), (level) => level / data.levels[0]),
      drawn: Array.from(groups, (group) => group !== data.hidden), cutoff: graph.cutoff,
    };
  });

  // --- the graph ---

  const graph = $("graph");
  graph.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  const edgeLayer = make("g", { id: "edges" }, graph), joinedLine = make("path", { class: "pair" }, graph);
  const nodeLayer = make("g", { id: "nodes" }, graph);
  const textLayer = make("g", { "font-size": 13 * data.width / 620 }, graph);
  const nodes = Array.from({ length: data.units }, (_, unit) => make("path", { "data-unit": unit }, nodeLayer));
  const ring = make("circle", { class: "ring", visibility: "hidden" }, graph);
  let lines = [], chunk = 1;

  function radius(norm) {
    const [small, large, least] = data.radius;
    const own = Math.min(Math.max(large * norm / data.largest, small), large);
    return Math.max(own, least) / data.step;
  }

  function lookAt(number) { // the shapes, colours, edges and texts of a snapshot
    const now = graphs[number];
    edgeLayer.replaceChildren();
    joinedLine.setAttribute("d", "");
    textLayer.replaceChildren();
    lines = [];
    nodes.forEach((node, unit) => {
      const seen = now !== null && now.drawn[unit];
      node.setAttribute("visibility", seen ? "visible" : "hidden");
      if (!seen) return;
      const shape = data.shapes[now.groups[unit]] || "disc";
      node.setAttribute("d", SHAPES[shape]);
      node.setAttribute("class", `n ${shape} g${now.groups[unit]}`);
    });
    if (!now) return;
    const order = now.edges.map((_, at) => at).sort((a, b) => now.shades[a] - now.shades[b] || a - b);
    chunk = Math.ceil(order.length / PATHS);
    for (let first = 0; first < order.length;) {
      const shade = now.shades[order[first]], members = [];
      while (first < order.length && members.length < chunk && now.shades[order[first]] === shade)
        members.push(now.edges[order[first++]]);
      lines.push([make("path", { class: "e", "stroke-opacity": shade.toFixed(3) }, edgeLayer), members]);
    }
    for (const [text, x, y] of now.labels) make("text", { x, y }, textLayer, text);
    legend("groups", [
      ...now.names.map(([group, name]) => [name, SHAPES[data.shapes[group] || "disc"], `${data.shapes[group] || ""} g${group}`]),
      [`${data.compared} ≥ ${Number(now.cutoff.toPrecision(4))} (cut-off)`, "M-1 0H1", "e first"],
      ...(now.joined.length ? [[`${now.joined.length} ${now.joined.length === 1 ? "pair" : "pairs"} beyond chance`, "M-1 0H1", "pair"]] : []),
    ]);
  }

  function put(number, part) { // the nodes this part of their way to the next snapshot
    const now = graphs[number], then = part > 0 ? graphs[number + 1] : null;
    if (!now) return;
    const at = now.places.map((place, index) => (then && then.drawn[index >> 1] ? place + part * (then.places[index] - place) : place));
    for (let unit = 0; unit < data.units; unit++) {
      if (!now.drawn[unit]) continue;
      const norm = then ? now.norms[unit] + part * (then.norms[unit] - now.norms[unit]) : now.norms[unit];
      nodes[unit].setAttribute("transform", `translate(${at[2 * unit]} ${at[2 * unit + 1]}) scale(${radius(norm).toFixed(2)})`);
    }
    for (const [line, members] of [...lines, [joinedLine, now.joined]]) {
      let d = "";
      for (const [i, j] of members) d += `M${at[2 * i]} ${at[2 * i + 1]}L${at[2 * j]} ${at[2 * j + 1]}`;
      line.setAttribute("d", d);
    }
    const seen = marked !== null && now.drawn[marked];
    ring.setAttribute("visibility", seen ? "visible" : "hidden");
    if (!seen) return;
    ring.setAttribute("cx", at[2 * marked]);
    ring.setAttribute("cy", at[2 * marked + 1]);
    ring.setAttribute("r", radius(now.norms[marked]) + 4 / data.step);
  }

  function legend(id, rows) {
    $(id).replaceChildren(...rows.map(([name, d, look]) => {
      const row = document.createElement("li");
      const swatch = make("svg", { viewBox: "-1.5 -1.5 3 3", "aria-hidden": "true" });
      make("path", { d, class: look }, swatch).setAttribute("vector-effect", "non-scaling-stroke");
      row.append(swatch, name);
      return row;
    }));
  }

  // --- one unit ---

  let marked = null;

  function called(now, node) { // a unit by its number, in a stack also by its layer
    let first = 0;
    for (const [name, units] of now.layers) {
      if (node < first + units) return `${node - first} of ${name}`;
      first += units;
    }
    return String(node);
  }

  function told(unit) {
    const now = graphs[here];
    if (unit === null || !now) return "Point at a unit, or type its number, to see its neighbours.";
    if (!now.drawn[unit]) return `unit ${called(now, unit)}: not drawn here`;
    const near = [];
    now.edges.forEach(([i, j], at) => { if (i === unit || j === unit) near.push([now.cosines[at], i === unit ? j : i]); });
    near.sort((a, b) => b[0] - a[0]);
    const name = new Map(now.names).get(now.groups[unit]) || "";
    const nearest = near.slice(0, 3).map(([cosine, other]) => `${called(now, other)} (${cosine.toFixed(2)})`).join(", ");
    const edges = near.length === 1 ? "1 edge" : `${near.length} edges`;
    return `unit ${called(now, unit)}: norm ${now.norms[unit].toPrecision(3)}, ${edges}${name && `, ${name}`}${nearest && `; nearest by ${data.compared}: ${nearest}`}`;
  }

  function under(event) { // the unit near the pointer, or null
    const now = graphs[here], matrix = graph.getScreenCTM();
    if (!now || !matrix) return null;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    let best = null, least = REACH / matrix.a;
    for (let unit = 0; unit < data.units; unit++) {
      const away = Math.hypot(now.places[2 * unit] - at.x, now.places[2 * unit + 1] - at.y);
      if (now.drawn[unit] && away < least) [best, least] = [unit, away];
    }
    return best;
  }

  function mark(unit) {
    marked = unit;
    $("number").value = unit === null ? "" : unit;
    $("unit").textContent = told(marked);
    put(here, 0);
  }

  // --- the plots ---

  const LEFT = 66, RIGHT = 12, TOP = 8, BOTTOM = 50, WIDE = 560, HIGH = 300;
  const x = (value) => LEFT + value / data.size * (WIDE - LEFT - RIGHT);
  const y = (value) => HIGH - BOTTOM - value / data.size * (HIGH - BOTTOM - TOP);
  const joined = (flat) => {
    let d = "";
    for (let at = 0; at < flat.length; at += 2) d += `${at ? "L" : "M"}${x(flat[at]).toFixed(1)} ${y(flat[at + 1]).toFixed(1)}`;
    return d;
  };
  const upright = (at, low = 0, high = data.size) => `M${x(at).toFixed(1)} ${y(low).toFixed(1)}V${y(high).toFixed(1)}`;

  function axes(svg, label, height, ticks) {
    svg.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
    const clip = make("clipPath", { id: `${svg.id}-inside` }, make("defs", {}, svg));
    const box = { x: LEFT, y: TOP, width: x(data.size) - LEFT, height: y(0) - TOP };
    make("rect", box, clip);
    make("rect", { ...box, class: "frame" }, svg);
    const middle = (y(0) + TOP) / 2;
    make("text", { x: x(data.size / 2), y: HIGH - 6, "text-anchor": "middle" }, svg, label);
    make("text", { x: 16, y: middle, "text-anchor": "middle", transform: `rotate(-90 16 ${middle})` }, svg, height);
    for (const [at, text] of ticks) {
      make("path", { d: `M${x(at)} ${y(0)}v5`, class: "frame" }, svg);
      make("text", { x: x(at), y: y(0) + 21, "text-anchor": "middle" }, svg, text);
    }
    const upright = make("g", {}, svg);
    return [upright, make("g", { "clip-path": `url(#${svg.id}-inside)` }, svg)];
  }

  function heights(layer, ticks) {
    layer.replaceChildren();
    for (const [at, text] of ticks) {
      make("path", { d: `M${LEFT} ${y(at)}h-5`, class: "frame" }, layer);
      make("text", { x: LEFT - 8, y: y(at) + 4, "text-anchor": "end" }, layer, text);
    }
  }

  const spectrum = data.axis && axes($("spectrum"), data.axis.label, data.axis.height, data.axis.ticks);

  function steps(bars, closed) {
    const bins = data.axis.bins;
    let d = `M${x(bins[0]).toFixed(1)} ${y(0)}`;
    bars.forEach((bar, at) => { d += `V${y(bar).toFixed(1)}H${x(bins[at + 1]).toFixed(1)}`; });
    return d + `V${y(0)}${closed ? "Z" : ""}`;
  }

  function showSpectrum(number) {
    const now = data.spectra[number];
    $("found").textContent = data.words[number];
    if (!spectrum) return;
    const [left, inside] = spectrum, rows = [];
    inside.replaceChildren();
    left.replaceChildren();
    if (now) {
      heights(left, now.ticks);
      make("path", { class: "bars", d: steps(now.bars, true) }, inside);
      rows.push(["eigenvalues", "M-1-1H1V1H-1Z", "bars"]);
      if (now.first.length) {
        make("path", { class: "first", d: steps(now.first, false) }, inside);
        rows.push([data.start, "M-1.3 0H1.3", "first"]);
      }
      if (now.null.length) {
        make("path", { class: "first null", d: steps(now.null, false) }, inside);
        rows.push([data.shuffled, "M-1.3 0H1.3", "first null"]);
      }
      for (const [name, [line, edges]] of Object.entries(now.laws)) {
        make("path", { class: `curve law-${name}`, d: joined(line) }, inside);
        for (const edge of edges) make("path", { class: `curve law-${name}`, d: upright(edge), "stroke-opacity": .6 }, inside);
        rows.push([data.laws[name], "M-1.3 0H1.3", `curve law-${name}`]);
      }
      for (const [at] of now.rug) make("path", { class: "rug", d: upright(at, 0, 45) }, inside);
      if (now.rug.length) rows.push([data.rug, "M0-1V1", "rug"]);
    }
    legend("laws", rows);
  }

  const training = data.training;
  let mine = null;
  if (training) {
    const [left, inside] = axes($("training"), training.label, training.height, training.xticks);
    heights(left, training.yticks);
    for (const [part, line] of Object.entries(training.parts)) make("path", { class: `curve part-${part}`, d: joined(line) }, inside);
    mine = make("path", { class: "here" }, inside);
    legend("parts", Object.keys(training.parts).map((part) => [part, "M-1.3 0H1.3", `curve part-${part}`]));
  }

  // --- the slider ---

  const slider = $("moment"), button = $("play");
  let here = last, playing = null;

  function say(number) {
    slider.value = number;
    slider.setAttribute("aria-valuetext", data.labels[number]);
    $("now").textContent = data.labels[number];
    $("of").textContent = `snapshot ${data.snapshots[number]}, ${number + 1} of ${last + 1}`;
  }

  function show(number) {
    here = number;
    say(number);
    lookAt(number);
    put(number, 0);
    const now = graphs[number];
    $("seen").textContent = now ? now.words : data.words[number];
    graph.setAttribute("aria-label", now ? `Weight graph. ${now.words}` : "");
    $("unit").textContent = told(marked);
    showSpectrum(number);
    $("spectrum").setAttribute("aria-label", `Spectrum. ${data.words[number]}`);
    if (!training) return;
    mine.setAttribute("d", upright(training.marks[number]));
    $("accuracy").textContent = training.values[number];
    $("training").setAttribute("aria-label", `Accuracies over the training. ${training.values[number]}`);
  }

  function pause() {
    if (playing !== null) cancelAnimationFrame(playing);
    playing = null;
    button.textContent = "Play";
    $("label").setAttribute("aria-live", "polite");
  }

  function play() {
    const first = here === last ? 0 : here, each = Math.max(WHOLE / Math.max(last, 1), SHORTEST);
    let began = null;
    button.textContent = "Pause";
    $("label").setAttribute("aria-live", "off");
    function frame(time) {
      if (began === null) {
        began = time;
        show(first);
      }
      const passed = (time - began) / each, number = Math.min(first + Math.floor(passed), last);
      if (number !== here) show(number);
      if (here === last) return pause();
      const part = Math.max((passed % 1) - .3, 0) / .7;
      if (!still.matches && chunk < 8) put(here, part * part * (3 - 2 * part));
      playing = requestAnimationFrame(frame);
    }
    playing = requestAnimationFrame(frame);
  }

  function linked() { // the snapshot that the address names: page.html#6
    const wanted = data.snapshots.indexOf(Number(location.hash.slice(1) || "x"));
    return wanted < 0 ? null : wanted;
  }

  slider.max = last;
  $("number").max = data.units - 1;
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  button.addEventListener("click", () => (playing === null ? play() : pause()));
  $("number").addEventListener("input", (event) => {
    const wanted = event.target.value === "" ? NaN : Number(event.target.value);
    const known = Number.isInteger(wanted) && wanted >= 0 && wanted < data.units;
    marked = known ? wanted : null;
    $("unit").textContent = told(marked);
    put(here, 0);
  });
  graph.addEventListener("pointermove", (event) => {
    const unit = under(event);
    $("unit").textContent = told(unit === null ? marked : unit);
  });
  graph.addEventListener("pointerleave", () => { $("unit").textContent = told(marked); });
  graph.addEventListener("click", (event) => mark(under(event)));
  addEventListener("hashchange", () => { const wanted = linked(); if (wanted !== null) { pause(); show(wanted); } });
  const first = linked();
  show(first === null ? last : first);
})();
