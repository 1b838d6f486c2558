"""The commands of ``masw``, one module each: ``add`` declares the options, ``run`` does the work."""

import os
import sys

from masw_core.engine.openmp import briefly_awake

if "torch" not in sys.modules:  # OpenMP reads it once, when torch is imported
    os.environ.update(briefly_awake(os.environ))

from masw_core.commands import (
    app,
    attack,
    benchmark,
    compare,
    listing,
    open_bundle,
    study,
    train,
    train_model,
    universal,
)

COMMANDS = (
    app.add,
    listing.add,
    attack.add,
    open_bundle.add,
    compare.add,
    universal.add,
    benchmark.add,
    study.add,
    train.add,
    train_model.add,
)
