"""Find the clusters of units that point in the same direction, with networkx."""

import networkx

import workbench as wb

with wb.open_run("sample_runs/digits_conv.h5") as run:
    for snapshot in (0, -1):
        graph = wb.layer_graph(run.layer("fc1"), snapshot, cutoff=0.25)
        sizes = sorted(map(len, networkx.connected_components(graph.to_networkx())), reverse=True)
        print(f"snapshot {snapshot}: {len(graph.edges)} edges, largest component {sizes[0]}, {graph.isolated} isolated")
