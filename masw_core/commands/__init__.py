"""The commands of ``python -m masw_core``, one module each: ``add`` declares the options, ``run`` does the work."""

from masw_core.commands import attack, benchmark, listing, study, train

COMMANDS = (listing.add, attack.add, benchmark.add, study.add, train.add)
