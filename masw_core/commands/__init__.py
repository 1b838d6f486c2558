"""The commands of ``python -m masw_core``, one module each: ``add`` declares the options, ``run`` does the work."""

from masw_core.commands import attack, benchmark, compare, listing, study, train, train_model, universal

COMMANDS = (listing.add, attack.add, compare.add, universal.add, benchmark.add, study.add, train.add, train_model.add)
