"""Generators: networks that are trained once against a model and then paint perturbations in one forward.

``network`` is the painter, ``features`` reads the attacked model, ``losses`` and ``objectives`` say what GAMA and LPD
lower, ``training`` trains, ``quality`` measures and ``store`` keeps. The attacks are in ``attacks/generative.py``.
"""

from masw_core.generative.store import METHODS, Generator, load_generator, shipped
from masw_core.generative.training import Progress, Recipe, train_generator

__all__ = ["METHODS", "Generator", "Progress", "Recipe", "load_generator", "shipped", "train_generator"]
