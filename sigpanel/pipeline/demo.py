"""A synthetic ten-year study, made, built and opened: to learn on, and to test on.

Every person in it is invented. It is made with a key that stands in this package, so the same study has the same ids
everywhere; a key that everybody has protects nobody, which is why it is not written to a file and no other study can
use it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigpanel import key as keys
from sigpanel.analysis.opened import open_panel
from sigpanel.errors import InputError
from sigpanel.panel.open import live_manifest
from sigpanel.pipeline.build import Built, build
from sigpanel.pipeline.check import check
from sigpanel.pipeline.feedback import give_feedback
from sigpanel.pipeline.study import create_study, open_study
from sigpanel.resources import contracts_dir, digest_of

if TYPE_CHECKING:
    from sigpanel.analysis.opened import Panel
    from sigpanel.pipeline.study import Study

_MARK = "demo"


def make_demo(root: Path, seed: int = 1) -> Built:
    """Make the synthetic study in a folder, and build it. A demo study that stands there already is made anew.

    Raises:
        InputError: something else stands there.
    """
    from sigpanel.synth import generate

    if root.exists() and any(root.iterdir()):
        if not (root / _MARK).is_file():
            raise InputError(
                "demo-folder", "The folder holds something that is not a demo study.", remedy="Name another folder."
            )
        shutil.rmtree(root)
    study = create_study(root)
    (root / _MARK).write_text("A synthetic study made by `sigpanel demo`. It may be deleted.\n", encoding="utf-8")
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


def practice(study: Study) -> dict[str, Any]:
    """With what a withdrawal is practised on a demo study: its key, and no log, since there is no file to keep it by.

    Nothing of any other study: not by its mark alone, but by the key of its live release too.
    """
    key = keys.demonstration()
    if not (study.root / _MARK).is_file() or live_manifest(study.panel).get("key_id") != key.key_id:
        return {}
    return {"key": key, "log": lambda *_: None}


def demo_panel() -> Panel:
    """Open the panel of the demo study. It is made on first use, in the folder for temporary files."""
    # Others on the machine have a folder of their own, since they may not look into ours.
    user = os.getuid() if os.name == "posix" else 0
    root = Path(tempfile.gettempdir()) / f"sigpanel-demo-{_maker()}-{user}"
    if not root.exists():
        with tempfile.TemporaryDirectory(prefix=f"{root.name}-") as folder:
            make_demo(Path(folder) / "study")
            # Whole or not there; and if another process was quicker, its study is the same.
            with suppress(OSError):
                (Path(folder) / "study").rename(root)
    return open_panel(root)


def _maker() -> str:
    """What would make the study, as a short digest of code and contracts.

    The version would not do: a study of the version before, or of last week's code, would be opened as this one's.
    """
    told = digest_of(Path(__file__).parents[1], "*.py") + digest_of(contracts_dir(), "*.yaml")
    return hashlib.sha256(told.encode()).hexdigest()[:12]
