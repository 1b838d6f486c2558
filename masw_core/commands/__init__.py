"""The commands of ``python -m masw_core``, one module each: ``add`` declares the options, ``run`` does the work."""

from masw_core.commands import attack, listing, train, universal

COMMANDS = (listing.add, attack.add, universal.add, train.add)
