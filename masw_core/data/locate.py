"""Finding the files of a data set below the folder a user names, and saying in one sentence what is missing.

``Source`` knows a data set's title and its official page. Reading the contents is each data set's own business.
"""

import os
from dataclasses import dataclass
from pathlib import Path


class DataError(ValueError):
    """A data set cannot be opened or one of its pictures cannot be read; the message is one sentence."""


@dataclass(frozen=True)
class Source:
    """Where a data set comes from; every method raises ``DataError`` with the page to get it from."""

    name: str
    title: str
    url: str

    def folder(self, root: str | Path | None) -> Path:
        """The folder the user named, which has to be there."""
        if root is None:
            raise DataError(f"{self.name} needs root= (--root DIR), the folder with {self.title} from {self.url}")
        path = Path(root).expanduser()
        if not path.is_dir():
            raise DataError(f"there is no folder {path}; {self.title} is available from {self.url}")
        return path

    def choose(self, split: str, splits: tuple[str, ...]) -> str:
        """The split, which has to be one of the data set's."""
        if split not in splits:
            raise DataError(f"{self.name} has the splits {', '.join(splits)}, not {split!r}")
        return split

    def find(self, root: Path, *candidates: str) -> Path:
        """The first of several places, relative to ``root``, that exists; the first one is named if none does."""
        found = self.find_or_none(root, *candidates)
        if found is None:
            raise DataError(f"{self.title} lacks {root / candidates[0]}; get it from {self.url}")
        return found

    @staticmethod
    def find_or_none(root: Path, *candidates: str) -> Path | None:
        """The same for what a data set can do without."""
        return next((root / candidate for candidate in candidates if (root / candidate).exists()), None)

    def damaged(self, file: Path, reason: str) -> DataError:
        """The error to raise for a file that is there and cannot be used."""
        return DataError(f"{file} cannot be used: {reason}; get it again from {self.url}")

    def lines(self, file: Path) -> list[str]:
        """The lines of a text file that are not blank, stripped; bytes that are no UTF-8 are replaced."""
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise self.damaged(file, error.strerror or "it cannot be read") from error
        return [line.strip() for line in text.splitlines() if line.strip()]


def picture_files(folder: Path) -> dict[str, str]:
    """Every picture below a folder, by its path relative to it and by its name alone -> the relative path.

    Nothing is opened. Lists of pictures disagree with the disk about folders; names alone are unambiguous where
    they hold the photo's id, and a path that fits goes first.
    """
    by_name: dict[str, str] = {}
    by_path: dict[str, str] = {}
    for place, _, names in os.walk(folder):
        inner = os.path.relpath(place, folder)
        prefix = "" if inner == "." else inner.replace(os.sep, "/") + "/"
        for name in names:
            if name.lower().endswith((".jpg", ".jpeg", ".png")):
                by_name.setdefault(name, prefix + name)
                by_path[prefix + name] = prefix + name
    return by_name | by_path
