"""The program of ``small_lp`` for rows as long as a picture, to three digits, in some ten rounds.

With t^2 / 2 for t, which leaves the same solutions r, its dual is  min F(u)^2 / 2 + d u  over the m row multipliers
0 <= u <= RHO, where F(u) = sum |v_i| and v = A^T u. |v| is smoothed to sqrt(nu^2 + v^2), the bounds of u get a
primal-dual barrier, and Newton steps in u follow both to zero. r = -F v / sqrt(nu^2 + v^2) lies inside its bounds by
construction, so none of the 2n bounds limits a step, as they do in an interior point method; one round costs one
m x m system A D A^T. Among tens of thousands of columns the corners of |v| are too small to matter. With a hundred
columns they do, and the last digits come slowly: ``small_lp`` is for those.
"""

from __future__ import annotations

from typing import NamedTuple

from masw_core.solvers.least_max_small import RHO, scaled

import torch
from torch import Tensor

TOLERANCE = 1e-3  # smoothing, barrier and what rows may lack at the end, relative to the step
START = 0.3  # first smoothing
SHRINK = 0.2  # smoothing falls this fast, but not below what the rows still lack
ROUNDS = 40
BACK_OFF = 0.99  # share of the way to the nearest bound that a step may go


class Point(NamedTuple):
    """u, the slack of its rows (u slack -> 0), excess (excess (RHO - u) -> 0), all (b, m), and sign (b, n) of -r."""

    u: Tensor
    slack: Tensor
    excess: Tensor
    sign: Tensor


def least_maximum_step_wide(rows: Tensor, bound: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """As ``small_lp.least_maximum_step``, with a relative error of 1e-3.

    Returns:
        (b, n) steps and (b,) bool, which samples have reached the tolerance.
    """
    rows, bound, alone = scaled(rows, bound, mask)
    m, n = rows.shape[1:]
    smoothing = torch.full_like(alone, START)
    slack = bound.clamp_min(START)
    u = smoothing / (2 * m) / slack
    v = (u[:, None] @ rows)[:, 0]
    at = Point(u, slack, (smoothing / (2 * m * RHO)).expand_as(u), v / torch.sqrt((smoothing / n).square() + v * v))
    r, going = torch.zeros_like(v), alone > 0
    for _ in range(ROUNDS):
        if not bool(going.any()):
            break
        moved, nearer = _newton(rows, bound, at, smoothing / n, smoothing / (2 * m))
        at = Point(*(torch.where(going, new, old) for new, old in zip(moved, at, strict=True)))
        r = torch.where(going, nearer, r)
        lacks = ((rows @ r[..., None])[..., 0] - bound - at.excess).amax(1, keepdim=True)
        going = going & ~((smoothing <= TOLERANCE) & (lacks <= TOLERANCE))
        smoothing = torch.maximum(SHRINK * smoothing, lacks).clamp(TOLERANCE, START)
    return r * alone, ~going[:, 0]


def _newton(rows: Tensor, bound: Tensor, at: Point, nu: Tensor, barrier: Tensor) -> tuple[Point, Tensor]:
    """One step: the next point, and r where the linearised optimality conditions see it, inside its bounds."""
    u, slack, excess, sign = at
    v = (u[:, None] @ rows)[:, 0]
    size = torch.sqrt(nu.square() + v.square())
    t, way = size.sum(1, keepdim=True), v / size
    # size * sign = v linearised with sign as an unknown of its own (Chan, Golub & Mulet 1999): converges from afar
    curve = (1 - sign * way) / size
    slope = (rows @ way[..., None])[..., 0]
    system = torch.baddbmm(slope[:, :, None] * slope[:, None], rows * (t * curve)[:, None], rows.transpose(1, 2))
    factor, _ = torch.linalg.cholesky_ex(system + torch.diag_embed(slack / u + excess / (RHO - u)))
    down = barrier / u - barrier / (RHO - u) - bound - t * slope
    du = torch.cholesky_solve(down[..., None], factor)[..., 0]
    turn = way + curve * (du[:, None] @ rows)[:, 0]
    gain = (slope * du).sum(1, keepdim=True)
    r = (-t * turn - gain * way).clamp(-t - gain, t + gain)

    d_slack = (barrier - slack * du) / u - slack
    d_excess = (barrier + excess * du) / (RHO - u) - excess
    near = torch.minimum(_length(u, du), _length(RHO - u, -du))
    far = torch.minimum(_length(slack, d_slack), _length(excess, d_excess))
    return Point(u + near * du, slack + far * d_slack, excess + far * d_excess, turn.clamp(-1, 1)), r


def _length(value: Tensor, change: Tensor) -> Tensor:
    """(b, 1) the furthest, at most 1, that positive values may go along ``change``."""
    return BACK_OFF / (-change / value).amax(1, keepdim=True).clamp_min(BACK_OFF)
