"""`down`: a stack's processes end, its scratch space goes; logs stay to be read."""

import shutil

from simulators.local.folder import StackFolder
from simulators.local.processes import Processes


def down(name: str, *, forget: bool = False) -> list[str]:
    """Stop a stack and say which programs ran; one that is down already is no error.

    Args:
        name: The stack's name.
        forget: Remove its folder too, logs included.
    """
    folder = StackFolder(name)
    if not folder.path.exists():
        return []
    with folder.locked():
        processes = Processes(folder)
        ran = sorted(processes.running())
        processes.stop()
        folder.clear()
        if forget:
            shutil.rmtree(folder.path, ignore_errors=True)
    return ran
