"""What the folder of received deliveries holds, by name; it lies in the extract's own folder.

demo-followup-v1/followup/                 what was received, and what it became
demo-followup-v1/.followup-unfinished      one that is being written
demo-followup-v1/.followup-before          the one before it, until the new one is in its place
"""

from sigpanel.panel.layout import CODEBOOK, FOLLOWUP, FOLLOWUP_BEFORE, MANIFEST

DELIVERED = "delivered"
SUMS = "SHA256SUMS"
UNFINISHED, BEFORE = ".followup-unfinished", FOLLOWUP_BEFORE

__all__ = ["BEFORE", "CODEBOOK", "DELIVERED", "FOLLOWUP", "MANIFEST", "SUMS", "UNFINISHED"]
