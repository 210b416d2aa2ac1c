"""What `measure_gpu.py` measures with: batches of routed tokens, ways to compute an expert layer, and a timer."""

import importlib
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F


def loads(distribution: str, tokens: int, k: int, experts: int, random: np.random.Generator) -> np.ndarray:
    """Tokens of each expert, int64 [experts]: `tokens * k` in all and at most `tokens` each.

    `balanced` differs by one at most. `power_law_A` draws them from a density that falls as x^-A between 1 and
    0.8 tokens, or 0.01 and 2 where there are fewer visits than experts (bounds of ai-dynamo/aiconfigurator
    @ 095f58a51c4c), and scales them to the sum.
    """
    total = tokens * k
    if distribution == "balanced":
        return np.full(experts, total // experts) + (np.arange(experts) < total % experts)
    power = 1 - float(distribution.removeprefix("power_law_"))
    low, high = (1.0, 0.8 * tokens) if total > experts else (0.01, 2.0)
    drawn = (low**power + random.random(experts) * (high**power - low**power)) ** (1 / power)
    # The scale at which the loads, none above `tokens`, have the sum; whole numbers by largest remainder.
    below, above = 0.0, total / drawn.min()
    for _ in range(100):
        middle = (below + above) / 2
        below, above = (middle, above) if np.minimum(middle * drawn, tokens).sum() < total else (below, middle)
    exact = np.minimum(above * drawn, tokens)
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: total - whole.sum()]] += 1
    return whole


def expert_ids(load: np.ndarray, tokens: int, k: int) -> np.ndarray:
    """Experts of each token, int32 [tokens, k], that amount to a load and differ for each token."""
    # An expert's visits go to consecutive tokens, of which it has no more than there are.
    return np.repeat(np.arange(len(load), dtype=np.int32), load).reshape(k, tokens).T.copy()


@dataclass
class Layer:
    """Weights of the experts and one batch: gate_up [E, 2I, H], down [E, H, I], hidden [T, H], ids, shares [T, k]."""

    gate_up: torch.Tensor
    down: torch.Tensor
    hidden: torch.Tensor
    ids: torch.Tensor
    shares: torch.Tensor

    def sum(self, visits: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
        """Weighted sums over the experts of each token, [T, H], from results in the order of experts, [T * k, H]."""
        back = torch.empty_like(visits)
        back[order] = visits
        return (back.unflatten(0, self.ids.shape) * self.shares.unsqueeze(-1).to(back.dtype)).sum(1)


def swiglu(gate_up: torch.Tensor) -> torch.Tensor:
    gate, up = gate_up.chunk(2, -1)
    return F.silu(gate) * up


def vllm_fused_moe(layer: Layer) -> Callable[[], torch.Tensor]:
    """The Triton kernel of vLLM."""
    kernel = importlib.import_module("vllm.model_executor.layers.fused_moe").fused_experts
    return lambda: kernel(layer.hidden, layer.gate_up, layer.down, layer.shares, layer.ids)


def torch_grouped_mm(layer: Layer) -> Callable[[], torch.Tensor]:
    """Two grouped products over tokens sorted by expert."""
    product = getattr(F, "grouped_mm", None) or torch._grouped_mm
    visits = layer.ids.flatten().long()
    ones = torch.ones_like(visits, dtype=torch.int32)

    def run() -> torch.Tensor:
        order = visits.argsort()
        ends = ones.new_zeros(len(layer.down)).scatter_add_(0, visits, ones).cumsum(0, dtype=torch.int32)
        sorted_hidden = layer.hidden[order // layer.ids.shape[1]]
        inner = swiglu(product(sorted_hidden, layer.gate_up.transpose(1, 2), offs=ends))
        return layer.sum(product(inner, layer.down.transpose(1, 2), offs=ends), order)

    return run


def torch_matmul_loop(layer: Layer) -> Callable[[], torch.Tensor]:
    """One product after the other, the tokens of each expert known beforehand."""
    visits = layer.ids.flatten().long()
    order = visits.argsort()
    counts = visits.bincount(minlength=len(layer.down)).tolist()

    def run() -> torch.Tensor:
        groups = layer.hidden[order // layer.ids.shape[1]].split(counts)
        results = [
            F.linear(swiglu(F.linear(group, layer.gate_up[expert])), layer.down[expert])
            for expert, group in enumerate(groups)
            if len(group)
        ]
        return layer.sum(torch.cat(results), order)

    return run


# The best first.
MOE_KERNELS = {kernel.__name__: kernel for kernel in (vllm_fused_moe, torch_grouped_mm, torch_matmul_loop)}


class Timer:
    """Times kernels on a device. `eager` says whether the last one could not be captured as a CUDA graph."""

    def __init__(self, device: torch.device, repeats: int) -> None:
        self.device, self.repeats, self.eager = device, repeats, False
        if device.type == "cuda":
            cache = torch.cuda.get_device_properties(device).L2_cache_size
            self.other = torch.ones(max(4 * cache, 1 << 28) // 4, device=device)

    @torch.inference_mode()
    def microseconds(self, call: Callable[[], torch.Tensor]) -> float:
        """Median time of a call, after a warm-up."""
        for _ in range(3):
            call()
        return statistics.median(self.on_gpu(call) if self.device.type == "cuda" else self.on_cpu(call))

    def on_cpu(self, call: Callable[[], torch.Tensor]) -> list[float]:
        """Times of calls, whose data may be in caches."""
        marks = [time.perf_counter()]
        for _ in range(self.repeats):
            call()
            marks.append(time.perf_counter())
        return [(end - start) * 1e6 for start, end in itertools.pairwise(marks)]

    def on_gpu(self, call: Callable[[], torch.Tensor]) -> list[float]:
        """Times of calls that find other data in the L2 cache."""
        replay = self.captured(call)
        marks = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(self.repeats)]
        for start, end in marks:
            # Reads, since written lines would go back to memory while the kernel runs; and takes longer than the
            # launches that follow, so that the GPU does not wait for them.
            self.other.sum()
            start.record()
            replay()
            end.record()
        torch.cuda.synchronize()
        return [start.elapsed_time(end) * 1e3 for start, end in marks]

    def captured(self, call: Callable[[], torch.Tensor]) -> Callable[[], object]:
        """A call as a CUDA graph, or itself where it cannot be one."""
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                call()
        except RuntimeError:
            torch.cuda.synchronize()
            self.eager = True
            return call
        self.eager = False
        return graph.replay
