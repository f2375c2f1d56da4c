"""A panel of a few rows, for tests of what reads panels: every table is what the test says it is."""

import polars as pl


class Frames:
    """A source of analyses that holds these frames."""

    threshold: int | None = None

    def __init__(self, **frames: pl.DataFrame) -> None:
        self.frames = frames
        self.tables = tuple(frames)

    def table(self, name: str) -> pl.LazyFrame:
        return self.frames[name].lazy()
