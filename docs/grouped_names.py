"""A griffe extension: docstrings may explain several names in one line, ``lambda1, lambda2: balance of …``.

The parser of Google style takes what follows the first space for a type; with spaces that do not break, it reads the
names as one.
"""

import re

import griffe

GROUP = re.compile(r"^ +\w+(?:, \w+)+(?=:)", re.MULTILINE)


class GroupedNames(griffe.Extension):
    """Keeps names that share an explanation together."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Called once for every object that has been read from the source."""
        if obj.docstring:
            obj.docstring.value = GROUP.sub(lambda names: names[0].replace(", ", ",\u00a0"), obj.docstring.value)
