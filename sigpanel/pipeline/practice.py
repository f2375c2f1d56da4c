"""The practice study of `sigpanel demo`: whether a study is it, and with what key it is worked on.

Its key stands in the package, in no file; so there is none beside which the end of an owner's log could be kept, and
no such log is kept. It is told by its mark and by the key of its live release together: nothing else is taken for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel import key as keys
from sigpanel.pipeline.named_keys import of_release

if TYPE_CHECKING:
    from sigpanel.pipeline.study import Study

MARK = "demo"


def practice(study: Study) -> dict[str, Any]:
    """With what a withdrawal is practised on a demo study: its key, and no log. Nothing of any other study."""
    key = practice_key(study)
    return {"key": key, "is_logged": False} if key else {}


def practice_key(study: Study) -> keys.Key | None:
    """The owner's key of a demo study, which stands in no file; null of any other study."""
    key = keys.demonstration()
    is_demo = (study.root / MARK).is_file() and of_release(study.panel) == key.key_id
    return key if is_demo else None
