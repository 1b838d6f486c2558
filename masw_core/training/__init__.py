"""Training of the embedded networks from the icon atlas, and of the paper's networks on its data sets.

``scenes`` and ``scenes-robust``: ``rendered.py`` paints a split into memory, ``scenes.py`` holds the two
recipes, ``export.py`` writes weights and card. The paper's networks: ``trainer.py`` runs an epoch on batches
from ``photo_batches.py``, ``finetune.py`` runs them all, ``storage.py`` keeps what they leave. ``quality.py``
measures both.
"""

from masw_core.training.scenes import Progress, train_scenes

__all__ = ["Progress", "train_scenes"]
