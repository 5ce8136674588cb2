"""A parameter in words for a person (``describe``, ``listing``) and in plain data for a program (``as_dict``)."""

from __future__ import annotations

from smoulder.parameters import Parameters, Row

__all__ = ["as_dict", "describe", "listing"]


def describe(row: Row) -> str:
    """Several lines on one parameter: meaning, value, bounds (table's unit), doubt, spread of people, basis, note."""
    value, lower, upper = (f"{number / row.factor:.6g}" for number in (row.value, row.lower, row.upper))
    lines = [
        f"{row.id}: {row.meaning}",
        f"  value     {value} {row.unit}" + (f" ({row.value:.6g} {row.base})" if row.unit != row.base else ""),
        f"  bounds    {lower} to {upper} {row.unit}",
        f"  prior     {row.prior}" + (f" in {row.base}" if row.factor != 1.0 else ""),
        f"  between   {row.between}",
        f"  basis     {' '.join([row.basis, *row.evidence])}",
        f"  reach     {row.reach}",
    ]
    if row.note:
        lines.append(f"  note      {row.note}")
    return "\n".join(lines)


def listing(parameters: Parameters) -> str:
    """One line a parameter, in the order of the table: id, value, unit, basis, meaning."""
    cells = [(row.id, f"{row.value / row.factor:.6g}", row.unit, row.basis, row.meaning) for row in parameters.rows]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        "  ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[4]]) for line in cells
    )


def as_dict(row: Row) -> dict[str, object]:
    """The row as plain data with the columns of the table; numbers in the base unit, named by ``base``."""
    return {
        "id": row.id,
        "symbol": row.symbol,
        "meaning": row.meaning,
        "unit": row.unit,
        "base": row.base,
        "factor": row.factor,
        "value": row.value,
        "lower": row.lower,
        "upper": row.upper,
        "prior": {
            "kind": row.prior.kind,
            "first": row.prior.first,
            "second": row.prior.second,
            "median": row.prior.median,
        },
        "between": {
            "kind": row.between.kind,
            "sd": None if row.between.by else row.between.sd,
            "by": row.between.by or None,
        },
        "basis": row.basis,
        "evidence": list(row.evidence),
        "reach": row.reach,
        "note": row.note,
    }
