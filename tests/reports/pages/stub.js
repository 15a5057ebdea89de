// Runs the script of a page without a browser: node stub.js page.html. Prints the edges and the pairs that it draws, per snapshot.
const fs = require("node:fs");
const text = fs.readFileSync(process.argv[2], "utf8");
const between = (first, last) => text.split(first)[1].split(last)[0];

class Stub {
  constructor() { this.attributes = {}; this.children = []; this.listeners = {}; this.id = ""; }
  setAttribute(name, value) { this.attributes[name] = String(value); if (name === "id") this.id = value; }
  getAttribute(name) { return this.attributes[name] ?? null; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  addEventListener(name, act) { this.listeners[name] = act; }
}

const known = { data: new Stub() };
known.data.textContent = between('<script type="application/json" id="data">', "</script>");
globalThis.document = {
  getElementById: (id) => (known[id] ??= Object.assign(new Stub(), { id })),
  createElementNS: () => new Stub(),
  createElement: () => new Stub(),
};
Object.assign(globalThis, {
  matchMedia: () => ({ matches: true }), addEventListener: () => {}, location: { hash: "" },
  requestAnimationFrame: () => 1, cancelAnimationFrame: () => {},
});
new Function(text.split("<script>")[1].split("</script>")[0])();

const found = [];
for (let number = 0; number <= Number(known.moment.max); number++) {
  known.moment.value = number;
  known.moment.listeners.input();
  const [edges, pairs, nodes] = known.graph.children, units = {};
  for (const node of nodes.children)
    if (node.attributes.visibility === "visible")
      units[node.attributes.transform.match(/translate\((\d+ \d+)\)/)[1]] = Number(node.attributes["data-unit"]);
  const ends = (lines) => lines.flatMap((line) => [...line.attributes.d.matchAll(/M(\d+ \d+)L(\d+ \d+)/g)]);
  found.push([edges.children, [pairs]].map((lines) => ends(lines).map(([, first, second]) => [units[first], units[second]])));
}
console.log(JSON.stringify(found));
