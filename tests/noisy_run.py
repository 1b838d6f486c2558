"""A trace full of noise: as many labels, constraints and steps as one likes, and nothing that compresses."""

from masw_core.trace.trace import Trace

import numpy as np


def noisy_run(c: int, m: int, steps: int = 300, side: int = 224, kept: int = 61) -> Trace:
    """A run of ``c`` labels and ``m`` constraints in noise, which compresses worst."""
    n, random = steps + 1, np.random.default_rng(0)
    stored = np.linspace(0, steps, kept).astype(int)
    return Trace(
        header={
            "labels": [f"label{j}" for j in range(c)],
            "k": 3,
            "case": "worst",
            "true": [0, 1, 2],
            "target": [3, 4, 5],
            "space": "logit",
            "family": ["rank"] * c + ["keep"] * (m - c),
            "label": [*range(c), *range(m - c)],
            "attack": "masw",
            "model": "noise",
            "config": {"steps": steps, "tau": 3.0},
        },
        scores=random.normal(size=(n, c)).astype(np.float32),
        constraints=random.normal(size=(n, m)).astype(np.float32),
        slack=random.random((n, m)).astype(np.float32),
        weights=random.random((n, m)).astype(np.float32),
        epsilon=random.random(n).astype(np.float32),
        lagrangian=random.random(n).astype(np.float32),
        branch=random.integers(1, 3, n).astype(np.int8),
        gradient_norm=np.ones(n, np.float32),
        norm=np.ones(n, np.float32),
        success=np.zeros(n, bool),
        failure=np.ones(n, np.float32),
        image=random.uniform(-1, 1, (3, side, side)).astype(np.float32),
        stored=stored.astype(np.int32),
        perturbations=np.clip(random.normal(0, 25, (len(stored), 3, side, side)), -127, 127).astype(np.int8),
        scales=np.full(len(stored), 1e-3, np.float32),
        exact_steps=np.array([steps], np.int32),
        exact=random.normal(0, 0.02, (1, 3, side, side)).astype(np.float32),
    )
