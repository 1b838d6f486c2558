"""How hard each constraint may pull: weighting rules, the epsilon of Algorithm 1, and the Lagrangian they enter."""
