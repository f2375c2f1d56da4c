"""The panel as it lies on disk: releases, the registry of ids, and opening one in a notebook.

`release` writes a release and makes it live, `registry` is the memory of ids between releases, `open` reads. All that
the rest of the world needs is `open_panel`. The other modules are for `sigpanel.pipeline` and are not imported here, so
opening a panel costs little and works where releases are never made.
"""

from sigpanel.panel.open import Panel, open_panel

__all__ = ["Panel", "open_panel"]
