"""Writing files so that nobody ever sees half of one.

Refuses to know what is written.
"""

from __future__ import annotations

import os
import stat


def write_whole(file: str, data: bytes, *, through_link: bool = True) -> None:
    """Puts the bytes in the place of a file in one step; a file that was there keeps its mode.

    Shape: where the name is a link, the file that it leads to is replaced, or else the link itself.
    Raises: OSError when it cannot be written, with everything as it was before.
    """
    target = os.path.realpath(file) if through_link else os.path.abspath(file)  # noqa: PTH100
    folder, name = os.path.split(target)
    import tempfile  # late: most runs write no file

    handle, new = tempfile.mkstemp(prefix=f".{name[:64]}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            os.fchmod(stream.fileno(), _mode_of(target))
        os.replace(new, target)  # noqa: PTH105 (paths stay the texts that people typed)
    except BaseException:
        os.unlink(new)  # noqa: PTH108
        raise


def _mode_of(file: str) -> int:
    """The mode of a file; of one that is not there, what new files have here."""
    try:
        return stat.S_IMODE(os.stat(file).st_mode)  # noqa: PTH116
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
