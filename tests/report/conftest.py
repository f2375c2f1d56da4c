"""The small study of `tests.support.study`, at hand here."""

from tests.support.study import built, released, study, written  # noqa: F401
