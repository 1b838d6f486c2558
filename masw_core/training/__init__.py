"""Training of the embedded networks ``scenes`` and ``scenes-robust`` from the icon atlas.

``rendered.py`` paints a split into memory, ``scenes.py`` holds the two recipes, ``quality.py`` the measures
of the model card, ``export.py`` writes weights and card.
"""

from masw_core.training.scenes import Progress, train_scenes

__all__ = ["Progress", "train_scenes"]
