"""What the tables of a release promise, read from `contracts/panel/`, and frames held against it.

`tables` is what the rest of sigpanel uses; `model` reads the file. Nothing here knows where a release lies.
"""

from sigpanel.contracts.model import Column, Table
from sigpanel.contracts.tables import conform, empty, names, schema, table, vocabulary

__all__ = ["Column", "Table", "conform", "empty", "names", "schema", "table", "vocabulary"]
