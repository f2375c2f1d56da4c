"""What the command that exports a release prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigpanel.cli.text import plural

if TYPE_CHECKING:
    from sigpanel.pipeline.export import Exported

_PERSONAL = "These are personal data, under the panel's own ids: keep them where the panel may be kept."


def show_exported(done: Exported) -> str:
    """Where it lies, what it holds, and what it is."""
    rows = ", ".join(f"{name} {n:,}" for name, n in done.rows.items())
    return "\n".join(
        [
            f"Release {done.release} as {', '.join(done.formats)}: {plural(done.n_files, 'file')} in {done.folder}",
            f"  rows: {rows}",
            "  README.md and LASMIG.md say what each file is; read.R, read.sps and read.do read them.",
            _PERSONAL,
        ]
    )


def exported_as_dict(done: Exported) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "folder": done.folder,
        "release": done.release,
        "formats": list(done.formats),
        "language": done.language,
        "rows": dict(done.rows),
        "files": done.n_files,
        "personal_data": True,
    }
