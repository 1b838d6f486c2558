"""Which other models a picture is tried on: shipped ones with the same labels, for the same kind of picture."""

from __future__ import annotations

from collections.abc import Sequence

from masw_core.models.registry import list_models


def others_of(name: str, labels: Sequence[str]) -> list[str]:
    """Names of the models that ship with the project, know the same labels in the same order and look at the same kind
    of picture; none for a model that is not in the registry.

    Args:
        name, labels: of the model that was attacked.
    """
    known = {info.name: info for info in list_models()}
    if name not in known:
        return []
    return [
        info.name
        for info in known.values()
        if info.name != name
        and info.ready
        and not info.downloads
        and info.images == known[name].images
        and tuple(info.labels) == tuple(labels)
    ]
