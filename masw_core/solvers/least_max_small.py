"""The least L-infinity step with inequality rows, for a batch of linear programs at once.

min t + RHO sum e  subject to  A r <= d + e,  -t <= r_i <= t,  e >= 0, with m rows and n >> m numbers in r. A
primal-dual interior point method with Mehrotra's corrector: the 2n bounds are eliminated by hand, so an iteration
costs one m x m system per sample. e keeps contradicting rows from spoiling the rest.

Everything that must stay positive lives in two tensors (b, 2n + 2m): ``primal`` = [t - r, t + r, row slack s, e] and
``dual`` = [multipliers of r <= t, of -r <= t, of the rows u, RHO - u]. At the solution their product is 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

RHO = 1e3  # price of violating a row, in steps of the size that the row alone would need
FAR = 1e4  # a row that is satisfied by more than this many such steps cannot become tight
START = 10.0  # first t, in such steps
ROUNDS = 60
BACK_OFF = 0.995  # share of the way to the nearest bound that a step may go


def least_maximum_step(rows: Tensor, bound: Tensor, mask: Tensor) -> Tensor:
    """(b, n) the r with the least max |r_i| such that rows r <= bound.

    A sample is finished at a relative duality gap of 1e-12 in float64 and 1e-3 in float32.

    Args:
        rows: (b, m, n).
        bound: (b, m); where all are >= 0 the answer is 0.
        mask: (b, m) bool, rows that count; rows of zeros never do.
    """
    tolerance = 1e-12 if rows.dtype == torch.float64 else 1e-3
    n = rows.shape[2]
    rows, bound, alone = scaled(rows, bound, mask)
    going = alone > 0  # (b, 1)
    primal, dual = _start(rows, bound)
    slack, excess = primal[:, 2 * n :].chunk(2, dim=1)
    missing = bound + excess - slack  # bound - A r + e - s, what the rows' equations lack
    for _ in range(ROUNDS):
        gap = (primal * dual).sum(1, keepdim=True)
        going = going & ((gap > tolerance) | (missing.abs().amax(1, keepdim=True) > tolerance))
        if not bool(going.any()):
            break
        nearer = _advance(rows, primal, dual, missing)
        going = going & (nearer[0].isfinite() & nearer[1].isfinite()).all(1, keepdim=True)  # as far as digits reach
        primal, dual, missing = (
            torch.where(going, new, old) for new, old in zip(nearer, (primal, dual, missing), strict=True)
        )
    return (primal[:, n : 2 * n] - primal[:, :n]) / 2 * alone


def scaled(rows: Tensor, bound: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of L1 norm 1 with bounds in units of (b, 1) ``alone``, the step that the worst row alone would need.

    Rows that do not count become zeros with the bound 1; where ``alone`` is 0, r = 0 is the answer.
    """
    reach = rows.abs().sum(2)  # a row gains at most this much per unit of max |r|
    mask = mask & (reach > 0)
    scale = torch.where(mask, 1 / reach.clamp_min(1e-30), torch.zeros_like(reach))
    alone = (-bound * scale).amax(1, keepdim=True).clamp_min(0)
    unit = torch.where(alone > 0, alone, torch.ones_like(alone))
    bound = torch.where(mask, (bound * scale / unit).clamp_max(FAR), torch.ones_like(bound))
    return rows * scale[..., None], bound, alone


def _start(rows: Tensor, bound: Tensor) -> tuple[Tensor, Tensor]:
    """r = 0 and products alike; only the rows' equations are not met yet."""
    n = rows.shape[2]
    product = START / (2 * n) / rows.abs().sum(1).amax(1, keepdim=True).clamp_min(1)  # keeps the multipliers positive
    room = torch.full_like(rows[:, 0], START)
    slack = bound.clamp_min(START)
    u = product / slack
    pull = (u[:, None] @ rows)[:, 0] / 2  # A^T u = lower - upper
    excess = (product / RHO).expand_as(bound)
    primal = torch.cat([room, room, slack, excess], 1)
    return primal, torch.cat([1 / (2 * n) - pull, 1 / (2 * n) + pull, u, RHO - u], 1)


def _advance(rows: Tensor, primal: Tensor, dual: Tensor, missing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """One predictor and one corrector step with the same m x m factorisation: primal, dual and what still lacks."""
    m, n = rows.shape[1:]
    room, slack, excess = primal.split([2 * n, m, m], 1)
    u, price = dual[:, 2 * n : 2 * n + m], dual[:, 2 * n + m :]
    holds = (dual[:, : 2 * n] / room).view(-1, 2, n)
    total, lean = holds.sum(1), holds[:, 0] - holds[:, 1]
    ratio = lean / total
    tilt = (rows @ ratio[..., None])[..., 0]
    h = (4 * holds.prod(1) / total).sum(1, keepdim=True)
    scaled = rows / total[:, None]
    system = torch.baddbmm(tilt[:, :, None] * (tilt / h)[:, None], scaled, rows.transpose(1, 2))
    system = system + torch.diag_embed(excess / price + slack / u)
    factor, _ = torch.linalg.cholesky_ex(system)

    def direction(change: Tensor) -> tuple[Tensor, Tensor]:
        """Newton step along which the products change by ``change``, keeping all linear equations."""
        shares = (change[:, : 2 * n] / room).view(-1, 2, n)
        row, extra = change[:, 2 * n : 2 * n + m], change[:, 2 * n + m :]
        g = shares[:, 0] - shares[:, 1]
        push = (shares.sum(1) - ratio * g).sum(1, keepdim=True)
        right = row / u - missing - extra / price - (scaled @ g[..., None])[..., 0] + tilt * push / h
        du = torch.cholesky_solve(right[..., None], factor)[..., 0]
        dt = (push - (tilt * du).sum(1, keepdim=True)) / h
        dr = (lean * dt - (du[:, None] @ rows)[:, 0] - g) / total
        de = (extra + excess * du) / price
        d_room = torch.cat([dt - dr, dt + dr], 1)
        d_primal = torch.cat([d_room, missing + de - (rows @ dr[..., None])[..., 0], de], 1)
        d_holds = (change[:, : 2 * n] - dual[:, : 2 * n] * d_room) / room
        return d_primal, torch.cat([d_holds, du, -du], 1)

    products = primal * dual
    mean = products.mean(1, keepdim=True)
    d_primal, d_dual = direction(-products)
    near, deep = _length(primal, d_primal).clamp_max(1), _length(dual, d_dual).clamp_max(1)
    ahead = (primal + near * d_primal) * (dual + deep * d_dual)
    centre = (ahead.mean(1, keepdim=True) / mean).clamp(0, 1) ** 3
    cross = (d_primal * d_dual).clamp(-mean, mean)  # a few huge second-order terms would block every step
    d_primal, d_dual = direction(centre * mean - products - cross)
    far = BACK_OFF * _length(primal, d_primal)
    return primal + far * d_primal, dual + BACK_OFF * _length(dual, d_dual) * d_dual, (1 - far) * missing


def _length(value: Tensor, change: Tensor) -> Tensor:
    """(b, 1) the furthest, at most 1 / BACK_OFF, that positive values may go along ``change``."""
    return 1 / (-change / value).amax(1, keepdim=True).clamp_min(BACK_OFF)
