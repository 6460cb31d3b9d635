"""Columns: which column of a table is which field, as the header says or as a person maps it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dsl.spelling import nearest
from runtime.people import FileError
from runtime.tables import BECAUSE, LINE
from runtime.toml import read_toml


@dataclass(frozen=True, slots=True)
class Columns:
    """`fields`: the field of each column that is taken; `left_out`: columns that no field is known for."""

    fields: Mapping[str, str]
    left_out: tuple[str, ...]


def read_map(given: Sequence[str]) -> dict[str, str]:
    """Read `column=field` items, or a TOML file with a table [columns]; an empty field leaves it out.

    Raises:
        FileError: an item or a file is none.
    """
    found: dict[str, str] = {}
    for one in given:
        if "=" not in one and one.endswith(".toml"):
            found |= _from_file(Path(one))
            continue
        column, equals, field = one.rpartition("=")
        if not equals or not column.strip():
            raise FileError(f"--map {one!r} is no map. Write --map 'CSV column=field', or name a TOML file.")
        found[column.strip()] = field.strip()
    return found


def match(
    header: Sequence[str],
    known: Collection[str],
    mapped: Mapping[str, str],
    needed: Sequence[str],
    file: Path,
) -> Columns:
    """Find the field of each column.

    A column that is not mapped goes by its name, however it writes capitals, spaces and hyphens.

    Args:
        known: the fields that there are. `needed`: those without which no row can be used.

    Raises:
        FileError: a mapped column or field does not exist, two columns have one field, or one is missing.
    """
    for column, field in mapped.items():
        if column not in header:
            raise FileError(f"{file} has no column “{column}”. {_guess(column, header)}")
        if field and field not in known:
            raise FileError(f"There is no field “{field}” to map “{column}” to. {_guess(field, known)}")
    plain = {_plain(name): name for name in known}
    fields: dict[str, str] = {}
    left_out: list[str] = []
    for column in header:
        if column in ("", LINE, BECAUSE):
            continue
        found = mapped[column] if column in mapped else plain.get(_plain(column))
        if found is None:
            left_out.append(column)
        elif found:
            other = next((name for name, field in fields.items() if field == found), None)
            if other is not None:
                raise FileError(
                    f"{file}: “{other}” and “{column}” are both the field `{found}`. Map one of them, or "
                    f"leave it out with --map '{column}='."
                )
            fields[column] = found
    for name in needed:
        if name not in fields.values():
            raise FileError(
                f"{file} has no column `{name}` in its first line. Say which: --map 'CSV column={name}'."
            )
    return Columns(fields, tuple(left_out))


def _plain(name: str) -> str:
    return "_".join(name.replace("-", " ").replace("_", " ").casefold().split())


def _guess(name: str, known: Collection[str]) -> str:
    guess = nearest(name, known)
    return f"Did you mean “{guess}”?" if guess else f"There are: {', '.join(sorted(filter(None, known)))}."


def _from_file(file: Path) -> dict[str, str]:
    columns = read_toml(file).get("columns")
    if not isinstance(columns, dict) or not all(isinstance(field, str) for field in columns.values()):
        raise FileError(
            f'{file} holds no map. Write [columns], and below it lines like "CSV column" = "field".'
        )
    return columns
