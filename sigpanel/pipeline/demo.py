"""A synthetic ten-year study, made, built and opened: to learn on, and to test on.

Every person in it is invented. It is made with a key that stands in this package, so the same study has the same ids
everywhere; a key that everybody has protects nobody, which is why it is not written to a file and no other study can
use it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sigpanel import key as keys
from sigpanel.analysis.opened import open_panel
from sigpanel.errors import InputError
from sigpanel.extracts import open_extract
from sigpanel.pipeline.build import Built, build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.extract import issue
from sigpanel.pipeline.feedback import give_feedback
from sigpanel.pipeline.followup_receive import receive_in_study
from sigpanel.pipeline.practice import MARK
from sigpanel.pipeline.study import KEY_VARIABLE, MANAGER_KEY_VARIABLE, SETTINGS, create_study, open_study
from sigpanel.resources import contracts_dir, digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sigpanel.analysis.opened import Panel
    from sigpanel.extracts import Extract
    from sigpanel.pipeline.study import Study

_EXTRACT = "demo-registers"
# A day on which its approval is in force. Which it is shows in the log alone.
_DAY = dt.date(2030, 3, 1)


def make_demo(root: Path, seed: int = 1) -> Built:
    """Make the synthetic study in a folder, and build it. A demo study that stands there already is made anew.

    Raises:
        InputError: something else stands there.
    """
    from sigpanel.synth import generate

    if root.exists() and any(root.iterdir()):
        if not (root / MARK).is_file():
            raise InputError(
                "demo-folder", "The folder holds something that is not a demo study.", remedy="Name another folder."
            )
        shutil.rmtree(root)
    study = create_study(root)
    (root / MARK).write_text("A synthetic study made by `sigpanel demo`. It may be deleted.\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        made = generate(Path(folder), seed=seed)
        for year in sorted(made.folder.iterdir()):
            if year.name.isdecimal():
                shutil.copytree(year, study.submissions / year.name)
        for file in sorted((made.folder / "cohort").iterdir()):
            shutil.copy(file, study.cohort)
    return build(study, keys.demonstration())


def demo_feedback(root: Path) -> list[Path]:
    """Write the feedback on the last year's workbooks of a demo study into its outbox."""
    study = open_study(root)
    last = max(folder for folder in study.submissions.iterdir() if folder.name.isdecimal())
    return [*give_feedback(check([last], study=study), study.outbox).values()]


def demo_panel() -> Panel:
    """Open the panel of the demo study. It is made on first use, in the folder for temporary files."""
    root = _kept("sigpanel-demo", make_demo)
    return open_panel(root)


def demo_extract() -> Extract:
    """Open an extract of the demo study into which a synthetic register has delivered; made on first use, as the panel.

    Its ids are made by a key that is made with it, so that they are others wherever it is made.
    """
    root = _kept("sigpanel-demo-extract", _make_extract)
    return open_extract(root / "study" / "research" / "extracts" / f"{_EXTRACT}-v1")


def _make_extract(root: Path) -> None:
    shutil.copytree(demo_panel().path.parents[2], root / "study")
    place = root / "keys" / "manager.key"
    place.parent.mkdir(mode=0o700)
    keys.create(place)
    settings = root / "study" / SETTINGS
    # By a path from the settings, since the folder is moved to its place when it is whole.
    line = 'manager_key_file = "../keys/manager.key"\n'
    settings.write_text(line + settings.read_text(encoding="utf-8"), encoding="utf-8")
    with _without_keys():
        _deliver(open_study(root / "study"), root / "deliveries")


def _deliver(study: Study, deliveries: Path) -> None:
    from sigpanel.synth.register import register

    issued = issue(study, contracts_dir() / "extracts" / f"{_EXTRACT}.yaml", today=_DAY)
    for folder in register(deliveries, open_extract(issued.folder, today=_DAY)).holders:
        receive_in_study(study, issued.extract_id, folder, today=_DAY)


@contextmanager
def _without_keys() -> Iterator[None]:
    """Nothing of the demonstration is made by, or written beside, a key that the environment names for real studies."""
    kept = {name: os.environ.pop(name) for name in (KEY_VARIABLE, MANAGER_KEY_VARIABLE) if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def _kept(name: str, make: Callable[[Path], object]) -> Path:
    """A folder in the one for temporary files, made on first use, whole or not there."""
    # Others on the machine have a folder of their own, since they may not look into ours.
    user = os.getuid() if os.name == "posix" else 0
    root = Path(tempfile.gettempdir()) / f"{name}-{_maker()}-{user}"
    if not root.exists():
        with tempfile.TemporaryDirectory(prefix=f"{root.name}-") as folder:
            make(Path(folder) / "made")
            # If another process was quicker, its study is the same.
            with suppress(OSError):
                (Path(folder) / "made").rename(root)
    return root


def _maker() -> str:
    """What would make the study, as a short digest of code and contracts.

    The version would not do: a study of the version before, or of last week's code, would be opened as this one's.
    """
    told = digest_of(Path(__file__).parents[1], "*.py") + digest_of(contracts_dir(), "*.yaml")
    return hashlib.sha256(told.encode()).hexdigest()[:12]
