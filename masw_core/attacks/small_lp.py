"""The least L-infinity step with inequality rows, for a batch of linear programs at once.

min t + RHO sum e  subject to  A r <= d + e,  -t <= r_i <= t,  e >= 0, with m rows and n >> m numbers in r. A
feasible primal-dual interior point method with Mehrotra's corrector: the 2n bounds are eliminated by hand, so an
iteration costs one m x m system per sample. e keeps contradicting rows from spoiling the rest.

Everything that must stay positive lives in two tensors (b, 2n + 2m): ``primal`` = [t - r, t + r, row slack s, e] and
``dual`` = [multipliers of r <= t, of -r <= t, of the rows u, RHO - u]. At the solution their product is 0.
"""

from __future__ import annotations

import torch
from torch import Tensor

RHO = 1e3  # price of violating a row, in steps of the size that the row alone would need
FAR = 1e4  # a row that is satisfied by more than this many such steps cannot become tight
ROUNDS = 60
BACK_OFF = 0.995  # share of the way to the nearest bound that a step may go


def least_maximum_step(rows: Tensor, bound: Tensor, mask: Tensor) -> Tensor:
    """(b, n) the r with the least max |r_i| such that rows r <= bound.

    A sample is finished at a relative duality gap of 1e-12 in float64 and 1e-4 in float32.

    Args:
        rows: (b, m, n).
        bound: (b, m); where all are >= 0 the answer is 0.
        mask: (b, m) bool, rows that count; rows of zeros never do.
    """
    tolerance = 1e-12 if rows.dtype == torch.float64 else 1e-4
    n = rows.shape[2]
    reach = rows.abs().sum(2)  # a row gains at most this much per unit of max |r|
    mask = mask & (reach > 0)
    scale = torch.where(mask, 1 / reach.clamp_min(1e-30), torch.zeros_like(reach))
    rows = rows * scale[..., None]
    alone = (-bound * scale).amax(1, keepdim=True).clamp_min(0)  # the step that the worst row alone would need
    unit = torch.where(alone > 0, alone, torch.ones_like(alone))
    bound = torch.where(mask, (bound * scale / unit).clamp_max(FAR), torch.ones_like(bound))
    going = alone > 0  # (b, 1)
    primal, dual = _start(rows, bound)
    for _ in range(ROUNDS):
        gap = (primal * dual).sum(1, keepdim=True)
        going = going & (gap > tolerance)
        if not bool(going.any()):
            break
        nearer = _advance(rows, primal, dual)
        going = going & (nearer[0].isfinite() & nearer[1].isfinite()).all(1, keepdim=True)  # as far as digits reach
        primal, dual = torch.where(going, nearer[0], primal), torch.where(going, nearer[1], dual)
    return (primal[:, n : 2 * n] - primal[:, :n]) / 2 * alone


def _start(rows: Tensor, bound: Tensor) -> tuple[Tensor, Tensor]:
    """A strictly feasible point: r = 0, t = 1, and u small enough that A^T u = lower - upper has room."""
    n = rows.shape[2]
    pull = rows.sum(1)  # A^T 1
    size = 0.5 / (1 + n * pull.abs().amax(1, keepdim=True))
    e = (-bound).clamp_min(0) + 1
    primal = torch.cat([torch.ones_like(pull), torch.ones_like(pull), bound + e, e], 1)
    u = size.expand_as(bound)
    dual = torch.cat([(1 / n - size * pull) / 2, (1 / n + size * pull) / 2, u, RHO - u], 1)
    return primal, dual


def _advance(rows: Tensor, primal: Tensor, dual: Tensor) -> tuple[Tensor, Tensor]:
    """One predictor and one corrector step; both use the same m x m factorisation."""
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
        right = row / u - extra / price - (scaled @ g[..., None])[..., 0] + tilt * push / h
        du = torch.cholesky_solve(right[..., None], factor)[..., 0]
        dt = (push - (tilt * du).sum(1, keepdim=True)) / h
        dr = (lean * dt - (du[:, None] @ rows)[:, 0] - g) / total
        de = (extra + excess * du) / price
        d_room = torch.cat([dt - dr, dt + dr], 1)
        d_primal = torch.cat([d_room, de - (rows @ dr[..., None])[..., 0], de], 1)
        d_holds = (change[:, : 2 * n] - dual[:, : 2 * n] * d_room) / room
        return d_primal, torch.cat([d_holds, du, -du], 1)

    products = primal * dual
    mean = products.mean(1, keepdim=True)
    d_primal, d_dual = direction(-products)
    ahead = (primal + _length(primal, d_primal) * d_primal) * (dual + _length(dual, d_dual) * d_dual)
    centre = (ahead.mean(1, keepdim=True) / mean).clamp(0, 1) ** 3
    d_primal, d_dual = direction(centre * mean - products - d_primal * d_dual)
    return (
        primal + BACK_OFF * _length(primal, d_primal) * d_primal,
        dual + BACK_OFF * _length(dual, d_dual) * d_dual,
    )


def _length(value: Tensor, change: Tensor) -> Tensor:
    """(b, 1) the furthest, at most 1 / BACK_OFF, that positive values may go along ``change``."""
    return 1 / (-change / value).amax(1, keepdim=True).clamp_min(BACK_OFF)
