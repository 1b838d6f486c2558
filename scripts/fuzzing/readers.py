"""Everything in the project that reads what strangers send, or what somebody names on the command line."""

from __future__ import annotations

from scripts.fuzzing.archives import BUNDLES, CHECKPOINTS, TRACES
from scripts.fuzzing.links import LINKS, WHOLE_PAGES
from scripts.fuzzing.pictures import PICTURES
from scripts.fuzzing.tables import FOLDERS, TABLES
from scripts.fuzzing.texts import SAID, TYPED_SETTINGS
from scripts.fuzzing.weights import GENERATORS, NETWORKS, TRAININGS, WEIGHTS

READERS = {
    reader.name: reader
    for reader in (
        PICTURES,
        BUNDLES,
        TRACES,
        CHECKPOINTS,
        WEIGHTS,
        NETWORKS,
        GENERATORS,
        TRAININGS,
        TABLES,
        FOLDERS,
        SAID,
        TYPED_SETTINGS,
        LINKS,
        WHOLE_PAGES,
    )
}
