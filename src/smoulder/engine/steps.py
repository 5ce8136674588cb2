"""Writes the step of a compartment system from its routes: a linearly implicit trapezoid.

Each process is proportional to the stock that it leaves, with a rate frozen over the step. The amounts moved are taken
at the mean of the stock before and after the step, so what leaves one stock arrives in the next exactly, and the system
of equations is an M-matrix that elimination without pivots solves with positive numbers only. Where half a step times a
stock's total outflow rate exceeds 1, the mean of that stock leans towards its value after the step (wholly from 2 on),
so that no stock falls below 0 at any step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Routes = Mapping[str, tuple[str, str]]

__all__ = ["step_source"]


def step_source(name: str, stocks: Sequence[str], routes: Routes) -> str:
    """Python source of ``name(h, stock..., rate...)`` returning the stocks after the step followed by their means over
    the step.

    ``h`` is half the step. Rates come in the order of ``routes``, per unit of the stock they leave (amounts per year
    for processes that come from outside). Stocks are ordered so that those fed by none come first, which keeps the
    elimination small.
    """
    order = _elimination_order(stocks, routes)
    lines = [f"def {name}(h, {', '.join(stocks)}, {', '.join(routes)}):"]
    rows, right = _equations(order, stocks, routes, lines)
    _eliminate(order, rows, right, lines)
    for stock in stocks:
        lines.append(f"    mean_{stock} = HALF * (before_{stock} * {stock} + after_{stock} * new_{stock})")
    lines.append(f"    return {', '.join(f'new_{s}' for s in stocks)}, {', '.join(f'mean_{s}' for s in stocks)}")
    return "\n".join(lines) + "\n"


def _elimination_order(stocks: Sequence[str], routes: Routes) -> list[str]:
    inner = [(a, b) for a, b in routes.values() if a in stocks and b in stocks]
    return sorted(stocks, key=lambda s: (sum(b == s for _, b in inner), list(stocks).index(s)))


def _equations(order, stocks, routes, lines):
    """Rows of (1 + a h out) x_new - a h in x_new = (1 - b h out) x + b h in x + 2 h source, as names of temporaries.

    The weights b (before) and a = 2 - b (after) of each stock are 1 unless its outflow is fast.
    """
    rows: dict[str, dict[str, str]] = {}
    right: dict[str, str] = {}
    for stock in order:
        leaving = [f for f, (a, _) in routes.items() if a == stock]
        lines.append(f"    out_{stock} = {'h * (' + ' + '.join(leaving) + ')' if leaving else 'ZERO'}")
        lines.append(f"    before_{stock} = max(min(TWO - out_{stock}, ONE), ZERO)")
        lines.append(f"    after_{stock} = TWO - before_{stock}")
    for stock in order:
        rows[stock] = {stock: f"ONE + after_{stock} * out_{stock}"}
        known = [f"(ONE - before_{stock} * out_{stock}) * {stock}"]
        for donor in order:
            arriving = [f for f, (a, b) in routes.items() if a == donor and b == stock]
            if arriving:
                lines.append(f"    in_{donor}_{stock} = h * ({' + '.join(arriving)})")
                rows[stock][donor] = f"after_{donor} * in_{donor}_{stock}"
                known.append(f"before_{donor} * in_{donor}_{stock} * {donor}")
        sources = [f for f, (a, b) in routes.items() if a not in stocks and b == stock]
        if sources:
            known.append(f"TWO * h * ({' + '.join(sources)})")
        right[stock] = f"known_{stock}"
        lines.append(f"    known_{stock} = {' + '.join(known)}")
    return rows, right


def _eliminate(order, rows, right, lines):
    """Gaussian elimination with names; off-diagonal names stand for positive numbers that are subtracted."""
    for i, pivot in enumerate(order):
        lines.append(f"    inverse_{pivot} = ONE / ({rows[pivot][pivot]})")
        for stock in order[i + 1 :]:
            if pivot not in rows[stock]:
                continue
            lines.append(f"    carry_{pivot}_{stock} = {rows[stock].pop(pivot)} * inverse_{pivot}")
            for other in order[i + 1 :]:
                if other not in rows[pivot]:
                    continue
                term = f"carry_{pivot}_{stock} * {rows[pivot][other]}"
                if other == stock:
                    rows[stock][other] = f"{rows[stock][other]} - {term}"
                else:
                    rows[stock][other] = f"({rows[stock][other]} + {term})" if other in rows[stock] else term
            lines.append(f"    known_{stock}_{pivot} = {right[stock]} + carry_{pivot}_{stock} * {right[pivot]}")
            right[stock] = f"known_{stock}_{pivot}"
    for i in range(len(order) - 1, -1, -1):
        pivot = order[i]
        terms = [right[pivot]] + [f"{rows[pivot][o]} * new_{o}" for o in order[i + 1 :] if o in rows[pivot]]
        lines.append(f"    new_{pivot} = ({' + '.join(terms)}) * inverse_{pivot}")
