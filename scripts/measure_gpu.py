#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["torch>=2.9", "numpy>=1.26"]
# ///
"""Measures the kernels of MoE models on a CUDA GPU, in bf16, and writes them as tables.

`moe.csv` holds expert layers (gate, up, activation, down, from expert ids to the sum over a token's experts) by shape,
tokens and distribution of tokens over experts; `kernels.csv` dense GEMM, attention and elementwise kernels;
`machine.json` the GPU, its clocks before and after, and the versions. Times are medians of runs that find nothing of
theirs in the L2 cache, between CUDA events around a CUDA graph where the kernel can be captured.
"""

import argparse
import csv
import functools
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from gpu_kernels import MOE_KERNELS, Layer, Timer, expert_ids, loads, swiglu, torch_matmul_loop
from gpu_shapes import DISTRIBUTIONS, FULL, MODELS, SMOKE, SMOKE_MODELS, SMOKE_TOKENS, TOKENS, Experts, Shapes

MOE_COLUMNS = ["file", "device", "framework", "kernel_source", "moe_dtype", "hidden_size", "inter_size", "topk"]
MOE_COLUMNS += ["num_experts", "moe_ep_size", "distribution", "num_tokens", "latency_us"]
KERNEL_COLUMNS = ["kernel", "device", "kernel_source", "dtype", "m", "n", "k", "batch", "context", "query_heads"]
KERNEL_COLUMNS += ["kv_heads", "head_dim", "latency_us"]
DTYPE = "bfloat16"

# The best first.
SDPA = {
    "flash": SDPBackend.FLASH_ATTENTION,
    "cudnn": SDPBackend.CUDNN_ATTENTION,
    "efficient": SDPBackend.EFFICIENT_ATTENTION,
    "math": SDPBackend.MATH,
}

Row = dict[str, object]
# A function of [m, n] and the shapes of its inputs.
ELEMENTWISE: dict[str, tuple[Callable, ...]] = {
    "residual_add": (torch.add, lambda m, n: (m, n), lambda m, n: (m, n)),
    "rms_norm": (lambda rows, scale: F.rms_norm(rows, scale.shape, scale), lambda m, n: (m, n), lambda _, n: (n,)),
    "swiglu": (swiglu, lambda m, n: (m, 2 * n)),
}
# Names a way to compute something, and gets it ready to be called.
Way = tuple[str, Callable[[], Callable[[], torch.Tensor]]]


class MeasureError(Exception):
    """Something that cannot be measured: what was found and what is allowed."""


class Measurement:
    """Everything that is measured on one device."""

    def __init__(self, device: torch.device, name: str, repeats: int, seed: int) -> None:
        self.device, self.name, self.seed = device, name, seed
        self.timer = Timer(device, repeats)

    def values(self, *shape: int) -> torch.Tensor:
        """Random numbers in bf16, small enough for sums of products to stay finite."""
        return torch.empty(shape, dtype=torch.bfloat16, device=self.device).normal_(0, 0.05)

    def timed(self, cells: Row, *ways: Way) -> Iterator[Row]:
        """A row by the first way that works; none, and a note, where none does, as when memory does not suffice."""
        for source, prepare in ways:
            try:
                latency = self.timer.microseconds(prepare())
            except (RuntimeError, ValueError, AssertionError, MemoryError) as failure:
                shape = " ".join(map(str, cells.values()))
                print(f"{shape}: {source} is left out: {first_line(failure)}", file=sys.stderr)
                continue
            if self.timer.eager:
                source += "_eager"
            yield cells | {"device": self.name, "kernel_source": source, "latency_us": f"{latency:.3f}"}
            return

    def weights(self, shape: Experts) -> tuple[torch.Tensor, torch.Tensor]:
        """Gate and up, and down, of all experts."""
        hidden, inner, _, experts = shape
        return self.values(experts, 2 * inner, hidden), self.values(experts, hidden, inner)

    def layer(self, weights: tuple[torch.Tensor, torch.Tensor], load: np.ndarray, k: int) -> Layer:
        """An expert layer and a batch of that load."""
        tokens = int(load.sum()) // k
        ids = torch.from_numpy(expert_ids(load, tokens, k)).to(self.device)
        shares = torch.full((tokens, k), 1 / k, device=self.device)
        return Layer(*weights, self.values(tokens, weights[1].shape[1]), ids, shares)

    @torch.inference_mode()
    def usable(self, names: list[str]) -> Iterator[str]:
        """Those kernels that run here and compute an expert layer; says why others are left out."""
        layer = self.layer(self.weights((64, 32, 2, 8)), np.array([4, 0, 3, 1, 2, 4, 2, 0]), 2)
        expected = torch_matmul_loop(layer)().float()
        for name in names:
            try:
                error = (MOE_KERNELS[name](layer)().float() - expected).abs().max() / expected.abs().max()
            except Exception as failure:  # Whatever an optional package raises.
                print(f"{name} is left out: {first_line(failure)}", file=sys.stderr)
                continue
            if error < 0.02:
                yield name
            else:
                print(f"{name} is left out: its results are off by {float(error):.2g} of the largest", file=sys.stderr)

    def moe(self, shape: Experts, choices: list[list[str]], tokens: list[int], laws: list[str]) -> Iterator[Row]:
        """Rows of `moe.csv` for one shape of experts, each by the first kernel of a choice that works."""
        hidden, inner, k, experts = shape
        file = re.sub(r"\W+", "_", f"{self.name} moe torch {torch.__version__}".lower()).strip("_")
        fixed: Row = {"file": file, "framework": "PyTorch", "moe_dtype": DTYPE, "hidden_size": hidden}
        fixed |= {"inter_size": inner, "topk": k, "num_experts": experts, "moe_ep_size": 1}
        try:
            weights = self.weights(shape)
        except torch.OutOfMemoryError as failure:
            print(f"{hidden}x{inner}x{k}x{experts} is left out: {first_line(failure)}", file=sys.stderr)
            return
        for kernels, law, count in itertools.product(choices, laws, tokens):
            load = loads(law, count, k, experts, np.random.default_rng([self.seed, experts, count]))

            def ready(kernel: str, load: np.ndarray = load) -> Callable[[], torch.Tensor]:
                return MOE_KERNELS[kernel](self.layer(weights, load, k))

            ways = [(name, functools.partial(ready, name)) for name in kernels]
            yield from self.timed(fixed | {"distribution": law, "num_tokens": count}, *ways)

    def dense(self, shapes: Shapes) -> Iterator[Row]:
        """Products of [m, k] and [k, n]."""
        for (n, k), m in itertools.product(shapes.dense, shapes.tokens):

            def ready(m: int = m, n: int = n, k: int = k) -> Callable[[], torch.Tensor]:
                tokens, weights = self.values(m, k), self.values(n, k)
                return lambda: F.linear(tokens, weights)

            cells = {"kernel": "dense_gemm", "dtype": DTYPE, "m": m, "n": n, "k": k}
            yield from self.timed(cells, ("torch_linear", ready))

    def attention(self, shapes: Shapes) -> Iterator[Row]:
        """Decode, one query for each request, and causal prefill of one request."""
        for heads, context in itertools.product(shapes.heads, shapes.contexts):
            for batch in shapes.batches:
                if batch * context <= shapes.cached:
                    yield from self.attend("decode_attention", batch, 1, context, *heads)
            yield from self.attend("prefill_attention", 1, context, context, *heads)

    def attend(
        self, kernel: str, batch: int, queries: int, context: int, heads: int, kv_heads: int, size: int
    ) -> Iterator[Row]:
        """Attention of the last queries of each request to a KV cache of `context` tokens."""

        def ready(backend: SDPBackend) -> Callable[[], torch.Tensor]:
            query = self.values(batch, heads, queries, size)
            keys, values = (self.values(batch, kv_heads, context, size) for _ in range(2))

            def run() -> torch.Tensor:
                with sdpa_kernel(backend):
                    return F.scaled_dot_product_attention(query, keys, values, is_causal=queries > 1, enable_gqa=True)

            return run

        cells = {"kernel": kernel, "dtype": DTYPE, "batch": batch, "context": context}
        cells |= {"query_heads": heads, "kv_heads": kv_heads, "head_dim": size}
        ways = [(f"torch_sdpa_{name}", functools.partial(ready, backend)) for name, backend in SDPA.items()]
        yield from self.timed(cells, *ways)

    def elementwise(self, shapes: Shapes) -> Iterator[Row]:
        """Residual addition, RMS norm and gated activation of [m, n]."""
        for n, m, kernel in itertools.product(shapes.widths, shapes.tokens, ELEMENTWISE):

            def ready(n: int = n, m: int = m, kernel: str = kernel) -> Callable[[], torch.Tensor]:
                run, *inputs = ELEMENTWISE[kernel]
                values = [self.values(*(size(m, n))) for size in inputs]
                return lambda: run(*values)

            yield from self.timed({"kernel": kernel, "dtype": DTYPE, "m": m, "n": n}, ("torch", ready))


def first_line(error: Exception) -> str:
    """What an error says, without the advice that follows."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def write_parts(path: Path, columns: list[str], parts: Iterable[Iterator[Row]]) -> None:
    """Writes a table anew after each part, so that an interrupted run keeps whole ones."""
    rows: list[Row] = []
    for part in parts:
        rows.extend(part)
        text = io.StringIO()
        table = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        replace(path, text.getvalue())
        print(f"{path}: {len(rows)} rows", file=sys.stderr)
    if not rows:
        raise MeasureError(f"{path}: nothing could be measured")


def replace(path: Path, text: str) -> None:
    """Writes a file beside `path` and renames it."""
    temporary = path.with_name(f".sieve-{os.getpid()}-{path.name}")
    temporary.write_text(text)
    temporary.replace(path)


def gpu_state(device: torch.device) -> dict[str, str]:
    """What `nvidia-smi` says of the GPU, or why it says nothing."""
    fields = "driver_version,clocks.sm,clocks.mem,clocks.max.sm,power.draw,power.limit,temperature.gpu"
    uuid = torch.cuda.get_device_properties(device).uuid
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader", f"--id=GPU-{uuid}"]
    try:
        cells = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(", ")
    except (OSError, subprocess.CalledProcessError) as error:
        return {"nvidia-smi": str(error)}
    return dict(zip(fields.split(","), cells, strict=True))


def machine(device: torch.device, name: str) -> dict[str, object]:
    """The device and the versions."""
    found = {"device": name, "torch": torch.__version__, "cuda": torch.version.cuda}
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        found |= {"compute_capability": f"{properties.major}.{properties.minor}"}
        found |= {"sms": properties.multi_processor_count, "memory_bytes": properties.total_memory}
        found |= {"l2_bytes": properties.L2_cache_size, "before": gpu_state(device)}
    return found


def shape_of(text: str) -> Experts:
    """A model by name, or its sizes."""
    sizes = re.fullmatch(r"([1-9]\d*)x([1-9]\d*)x([1-9]\d*)x([1-9]\d*)", text)
    shape = tuple(map(int, sizes.groups())) if sizes else MODELS.get(text)
    if shape is None:
        allowed = f"there is {', '.join(MODELS)}, or HIDDENxINTERMEDIATExTOPKxEXPERTS"
        raise argparse.ArgumentTypeError(f"no model is called `{text}`; {allowed}")
    if shape[2] > shape[3]:
        raise argparse.ArgumentTypeError(f"{text}: a token cannot visit {shape[2]} of {shape[3]} experts")
    return shape


def law_of(text: str) -> str:
    """A distribution of tokens over experts."""
    power = re.fullmatch(r"power_law_(\d+\.?\d*)", text)
    if text == "balanced" or (power and float(power[1]) > 1):
        return text
    raise argparse.ArgumentTypeError(f"no distribution is called `{text}`; there is balanced and power_law_A, A > 1")


def positive(text: str) -> int:
    """A count."""
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is no count from 1 on")
    return int(text)


def seed(text: str) -> int:
    """A seed of random numbers."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise argparse.ArgumentTypeError(f"`{text}` is no seed from 0 on")
    return int(text)


def listed(item: Callable[[str], object]) -> Callable[[str], list]:
    """Several of them, separated by commas."""
    return lambda text: [item(part) for part in text.split(",")]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", required=True, type=Path, help="folder for moe.csv, kernels.csv and machine.json")
    add("--models", type=listed(shape_of), help="shapes of expert layers, by name or as 2048x768x8x128 [all models]")
    add("--tokens", type=listed(positive), help="tokens of a batch [1 to 16384]")
    add("--distributions", type=listed(law_of), default=DISTRIBUTIONS, help=f"[{','.join(DISTRIBUTIONS)}]")
    add("--moe-kernels", choices=["best", "all", *MOE_KERNELS], default="best", help="ways to compute an expert layer")
    add("--only", choices=["moe", "kernels"], help="one of the tables")
    add("--repeats", type=positive, default=20, help="runs of which the median is taken [20]")
    add("--seed", type=seed, default=0, help="of the power laws [0]")
    add("--smoke", action="store_true", help="go through everything on the CPU with tiny shapes, to test the script")
    return parser


def measure(options: argparse.Namespace) -> None:
    """Measures everything that was asked for."""
    if not options.smoke and not torch.cuda.is_available():
        raise MeasureError("there is no CUDA device; `--smoke` tests the script on the CPU")
    device = torch.device("cpu" if options.smoke else "cuda")
    name = "CPU (smoke test)" if options.smoke else torch.cuda.get_device_name(device)
    found = machine(device, name)
    options.out.mkdir(parents=True, exist_ok=True)
    measurement = Measurement(device, name, options.repeats, options.seed)
    if options.only != "kernels":
        one = options.moe_kernels in MOE_KERNELS
        usable = list(measurement.usable([options.moe_kernels] if one else list(MOE_KERNELS)))
        if not usable:
            raise MeasureError(f"--moe-kernels {options.moe_kernels}: cannot be used here")
        choices = [[kernel] for kernel in usable] if options.moe_kernels == "all" else [usable]
        models = options.models or (SMOKE_MODELS if options.smoke else list(MODELS.values()))
        tokens = options.tokens or (SMOKE_TOKENS if options.smoke else TOKENS)
        parts = (measurement.moe(shape, choices, tokens, options.distributions) for shape in models)
        write_parts(options.out / "moe.csv", MOE_COLUMNS, parts)
    if options.only != "moe":
        shapes = SMOKE if options.smoke else FULL
        parts = (kind(shapes) for kind in (measurement.dense, measurement.attention, measurement.elementwise))
        write_parts(options.out / "kernels.csv", KERNEL_COLUMNS, parts)
    if device.type == "cuda":
        found["after"] = gpu_state(device)
    replace(options.out / "machine.json", json.dumps(found, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Exit codes as those of `sieve`: 0 done, 2 refused."""
    options = parser().parse_args(arguments)
    try:
        measure(options)
    except MeasureError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {options.out}: cannot be written: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
