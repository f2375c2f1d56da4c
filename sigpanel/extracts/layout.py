"""What the folder of an extract holds, by name; nothing here reads or writes.

research/extracts/demo-followup-v1/            the extract
research/extracts/.issuing-demo-followup-v1    one that is being written
research/extracts/.issuing-…-before            the one before it, until the new one is in its place
research/extracts/…/followup/                  what register holders delivered to it; no part of what was issued
"""

from sigpanel.panel.layout import CODEBOOK, DATAPACKAGE, FOLLOWUP, FOLLOWUP_BEFORE, MANIFEST

APPROVAL = "approval.yaml"
SUMS = "SHA256SUMS"
READMES = {"en": "EXTRACT.md", "sv": "UTDRAG.md"}
# What stays of an extract that has ended. By the sums a recall tells the recipients which files to look for.
RECORD = (MANIFEST, APPROVAL, SUMS, *READMES.values())

ISSUING, BEFORE = ".issuing-", "-before"

__all__ = [
    "APPROVAL", "BEFORE", "CODEBOOK", "DATAPACKAGE", "FOLLOWUP", "FOLLOWUP_BEFORE", "ISSUING", "MANIFEST", "READMES",
    "RECORD", "SUMS",
]  # fmt: skip
