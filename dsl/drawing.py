"""Drawings of a graph as text for other programs: Mermaid, and Graphviz's dot."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from dsl.graph import Cluster, Edge, Graph, Node, boxes, safe

_MERMAID = {
    "start": '(["{}"])',
    "step": '["{}"]',
    "choice": '{{{{"{}"}}}}',
    "wait": '("{}")',
    "block": '[/"{}"/]',
    "loop": '{{{{"{}"}}}}',
    "leave": '["{}"]',
    "goal": '[["{}"]]',
    "exit": '(["{}"])',
    "event": '>"{}"]',
    "end": '(["{}"])',
}
_DOT = {
    "start": "box, style=rounded",
    "step": "box",
    "choice": "hexagon",
    "wait": "ellipse",
    "block": "tab",
    "loop": "hexagon",
    "leave": "box",
    "goal": "box, peripheries=2",
    "exit": "box, style=rounded",
    "event": "cds",
    "end": "box, style=rounded",
}
_WIDE = 32
_STYLES = (
    "classDef block fill:#1f4e5f,color:#ffffff,stroke:#1f4e5f",
    "classDef choice fill:#fdf3d8,stroke:#b58a1b",
    "classDef wait fill:#eef1f4,stroke:#8795a1",
    "classDef goal fill:#dff3e4,stroke:#2e7d4f",
    "classDef event fill:#e6ecf8,stroke:#3b5ba5",
)
_MARKS = (
    "classDef reached stroke:#2e7d4f,stroke-width:3px",
    "classDef missed stroke:#c0392b,stroke-width:3px,stroke-dasharray:6 4",
)
_CLASSES = {"loop": "choice"}
_STYLED = frozenset({"block", "choice", "wait", "goal", "event", "loop"})


def as_mermaid(graph: Graph) -> str:
    """Write the graph as a Mermaid flowchart."""
    rows = [f"%% {graph.journey}".replace("\n", " "), "flowchart TD"]
    for cluster in graph.clusters:
        rows += _mermaid_cluster(cluster)
    rows += [f"  {_mermaid_edge(edge)}" for edge in graph.edges]
    rows += [f"  {style}" for style in (*_STYLES, *(_MARKS if any(n.mark for n in graph.nodes()) else ()))]
    rows += [f"  class {_name(node.id)} {node.mark}" for node in graph.nodes() if node.mark]
    return "\n".join(rows) + "\n"


def _mermaid_cluster(cluster: Cluster) -> Iterator[str]:
    indent = "    " if cluster.title else "  "
    if cluster.title:
        yield f'  subgraph {_name(cluster.id)}["{_mermaid_text(cluster.title)}"]'
    for node in boxes(cluster.nodes):
        kind = _CLASSES.get(node.shape, node.shape)
        mark = f":::{kind}" if node.shape in _STYLED else ""
        yield f"{indent}{_name(node.id)}{_MERMAID[node.shape].format(_mermaid_text(node.label))}{mark}"
    if cluster.title:
        yield "  end"


def _mermaid_edge(edge: Edge) -> str:
    arrow = "-.->" if edge.back else "-->"
    label = f'|"{_mermaid_text(edge.label)}"|' if edge.label else ""
    return f"{_name(edge.tail)} {arrow}{label} {_name(edge.head)}"


def _mermaid_text(text: str) -> str:
    for sign, code in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, code)
    return text.replace("\n", "<br/>")


def _name(id_: str) -> str:
    """Name a node; the prefix keeps away from reserved words such as `end`."""
    return f"n_{safe(id_)}"


def as_dot(graph: Graph) -> str:
    """Write the graph for Graphviz."""
    rows = [
        f"digraph {_quoted(graph.journey)} {{",
        '  graph [rankdir=TB, fontname="Helvetica", labeljust=l, nodesep=0.4, ranksep=0.4];',
        '  node [fontname="Helvetica", fontsize=11, margin="0.15,0.08"];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for cluster in graph.clusters:
        rows += _dot_cluster(cluster)
    rows += [f"  {_dot_edge(edge)}" for edge in graph.edges]
    return "\n".join([*rows, "}"]) + "\n"


def _dot_cluster(cluster: Cluster) -> Iterator[str]:
    indent = "    " if cluster.title else "  "
    if cluster.title:
        yield f"  subgraph {_quoted('cluster_' + cluster.id)} {{"
        yield f"    label={_quoted(cluster.title)}; style=dashed;"
    for node in boxes(cluster.nodes):
        yield f"{indent}{_dot_node(node)}"
    if cluster.title:
        yield "  }"


def _dot_node(node: Node) -> str:
    edge = {"": "", "reached": ', color="#2e7d4f", penwidth=3', "missed": ', color="#c0392b", penwidth=3'}
    told = f"label={_quoted(_folded(node.label))}, shape={_DOT[node.shape]}{edge[node.mark]}"
    return f"{_quoted(node.id)} [{told}];"


def _dot_edge(edge: Edge) -> str:
    told = [f"label={_quoted(_folded(edge.label))}"] if edge.label else []
    told += ["style=dashed, constraint=false"] if edge.back else []
    return f"{_quoted(edge.tail)} -> {_quoted(edge.head)}{' [' + ', '.join(told) + ']' if told else ''};"


def _folded(text: str) -> str:
    rows = [row for part in text.split("\n") for row in wrap(part, _WIDE, break_on_hyphens=False)]
    return "\n".join(rows) or text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
