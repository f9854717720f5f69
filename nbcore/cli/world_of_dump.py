"""The kinds that notebooks of a dump are looked at with: those of given files, or those in the dump itself.

Refuses to know what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbcore.catalog import Catalog
from nbcore.cli.dump import DumpRead
from nbcore.cli.reading import Inputs, Unusable, read_inputs


def catalog_of(dump: DumpRead, kinds: Sequence[str]) -> tuple[Catalog, Inputs]:
    """The catalog, and what was read for it.

    Raises: Unusable where there is no kind at all.
    """
    inputs = read_inputs(kinds) if kinds else Inputs()
    catalog = Catalog([*(inputs.documents if kinds else dump.kinds), *dump.beside])
    if not catalog.templates and not catalog.findings and not inputs.findings:
        where = "--kinds" if kinds else "the dump; name it with --kinds"
        raise Unusable(f"there is no Template or WorkspaceKind in {where}")
    return catalog, inputs
