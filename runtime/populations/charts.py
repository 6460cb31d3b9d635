"""Charts as inline SVG: bars with their names and numbers, readable in print and without colours."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _BOTTOM, _TOP, _WIDEST = 720, 214, 48, 32, 64


def bars(title: str, values: Sequence[tuple[str, int]], unit: str, along: str) -> str:
    """Draw upright bars. `title`: what a reader of the screen hears.

    Args:
        unit: what is counted, which is written at the upright axis.
        along: what the names of the bars are, which is written at the other.
    """
    if not values or not any(n for _, n in values):
        return '<p class="none">Nothing to show.</p>'
    most = max(n for _, n in values)
    step = _WIDTH / len(values)
    every = max(1, -(-len(values) * 9 * max(len(name) for name, _ in values) // _WIDTH))
    parts = []
    for number, (name, n) in enumerate(values):
        height = (_HEIGHT - _BOTTOM - _TOP) * n / most
        wide = min(step * 0.8, _WIDEST)
        left, top = number * step + (step - wide) / 2, _HEIGHT - _BOTTOM - height
        label = f"{escape(name)}: {n:,} {escape(unit)}"
        parts.append(
            f'<rect class="bar" x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" '
            f'height="{max(height, 1 if n else 0):.1f}"><title>{label}</title></rect>'
        )
        middle = left + wide / 2
        if n and (step > 30 or n == most):
            parts.append(f'<text class="number" x="{middle:.1f}" y="{top - 4:.1f}">{n:,}</text>')
        if number % every == 0:
            parts.append(f'<text x="{middle:.1f}" y="{_HEIGHT - 28}">{escape(name)}</text>')
    axis = f'<line x1="0" y1="{_HEIGHT - _BOTTOM}" x2="{_WIDTH}" y2="{_HEIGHT - _BOTTOM}"/>'
    axis += f'<text class="axis" x="0" y="11">{escape(unit)}</text>'
    axis += f'<text class="axis" x="0" y="{_HEIGHT - 8}">{escape(along)}</text>'
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{axis}{''.join(parts)}</svg>"
    )


def share(n: int, of: int) -> str:
    """Draw one lying bar: so many of so many."""
    width = 100 * min(n, of) / of if of else 0
    return (
        f'<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{n:,}">'
        f'<rect class="bar" width="{max(width, 0.8 if n else 0):.2f}" height="8"/></svg>'
    )
