"""Photos as points: near each other where the network finds them alike."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from effnet_viz.folder.rows import Rows

ROUNDS = 50
EXACT = 256  # vectors, or numbers of each, up to which the whole decomposition is quick
BESIDE, MOST_STEPS, CLOSE = 20, 30, 1e-7  # directions that are followed; steps at most; when they stand still


def principal_components(vectors: ndarray) -> ndarray:
    """`(M, K)` vectors to `(M, 2)`: their coordinates along the two directions in which they differ most.

    The sign of a direction is arbitrary; here the coordinate that is largest in size is positive. For many photos the
    directions are found by subspace iteration, which takes a hundredth of the whole decomposition.
    """
    mean = vectors.mean(axis=0, dtype=np.float64)
    if min(vectors.shape) > EXACT:
        centred = vectors - mean.astype(vectors.dtype)
        centred = (centred @ _subspace(centred)).astype(np.float64)
    else:
        centred = vectors - mean
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    kept = min(2, len(sizes))
    points[:, :kept] = left[:, :kept] * sizes[:kept]
    largest = points[np.abs(points).argmax(axis=0), [0, 1]]
    return points * np.where(largest < 0, -1, 1)


def _subspace(centred: ndarray) -> ndarray:
    """`(M, K)` to `(K, BESIDE)`: orthogonal directions that hold the strongest ones of the vectors."""
    together = centred.T @ centred  # once: each step is then as short for many photos as for few
    directions = np.random.default_rng(0).standard_normal((centred.shape[1], BESIDE), dtype=np.float32)
    before = np.zeros(2)
    for _ in range(MOST_STEPS):
        directions, strengths = np.linalg.qr(together @ directions)
        now = np.linalg.svd(strengths, compute_uv=False)[:2]  # of the space, however it is turned: two may be alike
        if np.allclose(now, before, rtol=CLOSE, atol=0):
            break
        before = now
    return directions


def map_of_photos(rows: Rows) -> ndarray:
    """Two principal components of the vectors that the classifier gets, `(M, 2)`, one row a readable photo."""
    return principal_components(rows.numbers(f"mean.{rows.head}"))


def cam_clusters(rows: Rows, clusters: int) -> ndarray:
    """Which of some groups each readable photo's Grad-CAM belongs to, `(M,)`; the largest group is 0.

    Maps are compared by their positive part, scaled to the length 1: what counts is where the network looks.

    Args:
        rows: rows of photos.
        clusters: how many groups.
    """
    maps = np.maximum(rows.numbers("cam").astype(np.float64), 0)
    maps = maps / np.maximum(np.linalg.norm(maps, axis=1, keepdims=True), 1e-12)
    groups = k_means(maps, clusters)
    order = np.argsort(-np.bincount(groups, minlength=clusters), kind="stable")
    return np.argsort(order)[groups]


def k_means(points: ndarray, clusters: int) -> ndarray:
    """Lloyd's algorithm: `(M, K)` points to the number of a cluster each, `(M,)`; the same in every run.

    The first centre is the point farthest from the mean, each next one the point farthest from all centres so far.

    Args:
        points: `(M, K)`, at least one.
        clusters: how many; no more are made than there are points.
    """
    farthest = np.linalg.norm(points - points.mean(axis=0), axis=1)
    centres = [points[farthest.argmax()]]
    distance = np.full(len(points), np.inf)
    for _ in range(min(clusters, len(points)) - 1):
        distance = np.minimum(distance, np.linalg.norm(points - centres[-1], axis=1))
        centres.append(points[distance.argmax()])
    middle = np.stack(centres)
    groups = np.zeros(len(points), dtype=int)
    for _ in range(ROUNDS):
        groups = np.stack([np.linalg.norm(points - centre, axis=1) for centre in middle]).argmin(axis=0)
        moved = np.stack(
            [points[groups == at].mean(axis=0) if (groups == at).any() else middle[at] for at in range(len(middle))]
        )
        if np.array_equal(moved, middle):
            break
        middle = moved
    return groups
