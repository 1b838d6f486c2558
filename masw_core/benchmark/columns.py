"""The columns of ``results.csv`` and ``samples.csv``, for whoever measures, reads or shows them. No torch."""

KEY = ("dataset", "model", "case", "k", "attack", "seed")
RATES = ("asr", "sasr", "pert_eq27", "pert_table", "lfr", "sac", "fluctuation")
COSTS = ("seconds_per_image", "forwards", "backwards", "samples")
MORE = ("asr_eq25", "norm", "norm_success", "fluctuating", "fluctuation_shared", "tau", "steps")
COLUMNS = (*KEY, *RATES, *COSTS, *MORE)
SAMPLE_COLUMNS = (*KEY, "image", "success", "slc", "slf", "soft_ac", "norm", "iterations", "fluctuation")
VALUES = (*RATES, *COSTS, *MORE)
