"""Extracts to try the life of: a folder in the shape that `extract issue` gives it, with a line in the log and a salt.

Written by hand, so that a fault of issuing does not show as one of ending. `tests/cli/test_extract.py` has real ones.
"""

import datetime as dt
import hashlib
import json
from pathlib import Path

from sigpanel.key import create, salts
from sigpanel.pipeline.audit_log import extracts_dir, extracts_log, note
from sigpanel.pipeline.custody import manager_key
from sigpanel.pipeline.study import Study, create_study, open_study

DAY = dt.date(2026, 3, 1)
UNTIL = dt.date(2026, 12, 31)
RECIPIENTS = ("FoU, enheten för uppföljning", "Kriminologiska institutionen")


def study_with_keys(root: Path, *settings: str) -> Study:
    """An empty study of two roles, with a key each in folders of their own."""
    create_study(root)
    keys = {}
    for role in ("owner", "manager"):
        folder = root.with_name(f"{root.name}-{role}")
        folder.mkdir(mode=0o700)
        keys[role] = folder / "sig.key"
        create(keys[role])
    lines = [f'key_file = "{keys["owner"]}"', f'manager_key_file = "{keys["manager"]}"', *settings, ""]
    (root / "sigpanel.toml").write_text("\n".join(lines), encoding="utf-8")
    return open_study(root)


def files_of(extract_id: str, scope: str, key_id: str, until: dt.date = UNTIL) -> dict[str, bytes]:
    """Every file of an extract."""
    files = {
        "episodes.parquet": f"PAR1 episodes of {extract_id}".encode(),
        "persons.parquet": f"PAR1 persons of {extract_id}".encode(),
        "csv/episodes.csv": b"person_id,enrolled_on_month\n",
        "codebook.csv": b"table,column\n",
        "datapackage.json": b"{}\n",
        "EXTRACT.md": b"# Extract\n",
        "UTDRAG.md": b"# Utdrag\n",
        "approval.yaml": b"name: demo\n",
    }
    manifest = {
        "extract_id": extract_id,
        "approval": {
            "register_number": "2025-03549",
            "recipients": list(RECIPIENTS),
            "valid_to": until.isoformat(),
        },
        "release": "r0001",
        "ids": scope,
        "key_id": key_id,
        "persons": 120,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files["manifest.json"] = json.dumps(manifest, indent=2).encode()
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    files["SHA256SUMS"] = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    return files


def issued(study: Study, extract_id: str = "demo-v1", scope: str = "version", until: dt.date = UNTIL) -> Path:
    """Issue an extract, as far as its life goes: salt, line, folder."""
    salt = extract_id if scope == "version" else extract_id.rpartition("-v")[0]
    if not salts.has_salt(study.manager_key_file(), salt):
        salts.create_salt(study.manager_key_file(), salt)
    files = files_of(extract_id, scope, manager_key(study)[0].key_id, until)
    digest = hashlib.sha256(files["manifest.json"]).hexdigest()
    note(extracts_log(study), on=DAY, event="issued", subject=extract_id, digest=digest)
    folder = extracts_dir(study) / extract_id
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
