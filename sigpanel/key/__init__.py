"""Keys: 32 random bytes in a file outside the study, what is derived from them, and how they are handed over.

    derive      from a key to purposes, and from texts to pseudonyms
    file        make a key file, and load one that is safe
    refusals    what makes a file unsafe, and what to do then
    salts       a secret salt for each extract, beside the manager's key
    seal        a key file encrypted to its next custodian, and back

Whoever holds the owner's key can re-read the whole panel in under a minute, since there are only some millions of
possible UNO codes. No table from codes to pseudonyms is therefore kept anywhere; custody of the key file is everything.
A file that others could have read, or that lies together with coded data or in a git work tree, is refused, when
reading as when creating.

There are two: the owner's key leads from code to person, the manager's key from person to an extract's ids. The package
does not find key files (settings do), and keeps nothing: no key, no hash without key, and no way to run without one.
Only `sigpanel.pipeline` imports it.
"""

from sigpanel.key.derive import PREFIXES, SIZE, Key, demonstration, hkdf_sha256, hmac_sha256
from sigpanel.key.file import create, load
from sigpanel.key.refusals import MODE

__all__ = ["MODE", "PREFIXES", "SIZE", "Key", "create", "demonstration", "hkdf_sha256", "hmac_sha256", "load"]
