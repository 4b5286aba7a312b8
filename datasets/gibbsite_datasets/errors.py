"""The one error of this package: a table that breaks its own declaration."""


class TableError(ValueError):
    """A table, or a name asked of the tables, is not what it should be.

    Parameters
    ----------
    file : str
        File or folder, relative to the folder of tables.
    row : int or None
        Line of the file as an editor counts it (the first is 1), None where no line is to blame.
    reason : str
        What is wrong, with the offending value.
    """

    def __init__(self, file: str, row: int | None, reason: str) -> None:
        super().__init__(file, row, reason)
        self.file = file
        self.row = row
        self.reason = reason

    def __str__(self) -> str:
        """Return ``file, row n: reason``."""
        place = self.file if self.row is None else f"{self.file}, row {self.row}"
        return f"{place}: {self.reason}"
