"""Small batched solvers that never see a model: least norm, least maximum, damped least squares."""
