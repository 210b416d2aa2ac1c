#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["torch>=2.9", "numpy>=1.26"]
# ///
"""Measures decoder layers of MoE models on a CUDA GPU, in bf16: each of their kernels, and the whole as one CUDA graph.

`layer.csv` holds a row for each kernel and one called `layer` for all of them together, by model, requests and tokens
in the KV cache of each; `machine.json` is that of `measure_gpu.py`. They tell how far a layer is the
sum of its kernels.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from gpu_kernels import MOE_KERNELS, loads
from gpu_shapes import LAYERS, MODELS, SMOKE_LAYERS, Experts, Heads
from measure_gpu import (
    DTYPE,
    MeasureError,
    Measurement,
    Row,
    gpu_state,
    listed,
    machine,
    positive,
    replace,
    write_parts,
)

COLUMNS = ["model", "kernel", "device", "kernel_source", "dtype", "batch", "context", "latency_us"]
TOKENS = [1, 16, 64, 256]
CONTEXT = 1024
Call = Callable[[], torch.Tensor]


@dataclass
class DecoderLayer:
    """The kernels of a layer in their order, by name, and all of them together, each working on what the last left."""

    kernels: dict[str, Call]
    whole: Call


def decoder_layer(on: Measurement, shape: Experts, heads: Heads, moe: str, batch: int, context: int) -> DecoderLayer:
    """One token for each of `batch` requests with `context` tokens in the KV cache, spread evenly over the experts.

    Rotary embedding, norms of queries and keys, and appending to the cache are left out.
    """
    hidden, _, k, experts = shape
    query_heads, kv_heads, size = heads
    residual, scale = on.values(batch, hidden), on.values(hidden)
    qkv = on.values((query_heads + 2 * kv_heads) * size, hidden)
    keys, values = (on.values(batch, kv_heads, context, size) for _ in range(2))
    output, router = on.values(hidden, query_heads * size), on.values(experts, hidden)
    layer = on.layer(on.weights(shape), loads("balanced", batch, k, experts, np.random.default_rng(0)), k)
    layer.shares = layer.shares.bfloat16()  # As a router in bf16 gives them.
    expert_layer = MOE_KERNELS[moe](layer)

    def norm(rows: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(rows, scale.shape, scale)

    def attend(projected: torch.Tensor) -> torch.Tensor:
        query = projected[:, : query_heads * size].view(batch, query_heads, 1, size)
        return F.scaled_dot_product_attention(query, keys, values, enable_gqa=True).reshape(batch, -1)

    def route(rows: torch.Tensor) -> torch.Tensor:
        # Where the tokens go is fixed beforehand, so that the experts' load is known.
        return F.linear(rows, router).topk(k, -1).values.softmax(-1)

    def feed(rows: torch.Tensor) -> torch.Tensor:
        layer.hidden = rows
        return expert_layer()

    def whole() -> torch.Tensor:
        after = residual + F.linear(attend(F.linear(norm(residual), qkv)), output)
        rows = norm(after)
        layer.shares = route(rows)
        return after + feed(rows)

    rows, projected, attended = on.values(batch, hidden), on.values(batch, len(qkv)), on.values(batch, output.shape[1])
    kernels = {
        "attention_norm": lambda: norm(residual),
        "qkv": lambda: F.linear(rows, qkv),
        "attention": lambda: attend(projected),
        "output": lambda: F.linear(attended, output),
        "attention_residual": lambda: residual + rows,
        "expert_norm": lambda: norm(residual),
        "router": lambda: route(rows),
        "experts": lambda: feed(rows),
        "expert_residual": lambda: residual + rows,
    }
    return DecoderLayer(kernels, whole)


def measured(
    on: Measurement, model: str, decoder: tuple[Experts, Heads], moe: str, sizes: list[int], context: int
) -> Iterator[Row]:
    """Rows of one model."""
    for batch in sizes:
        layer = decoder_layer(on, *decoder, moe, batch, context)
        fixed: Row = {"model": model, "dtype": DTYPE, "batch": batch, "context": context}
        for kernel, call in {**layer.kernels, "layer": layer.whole}.items():
            source = moe if kernel in ("experts", "layer") else "torch"
            yield from on.timed(fixed | {"kernel": kernel}, (source, lambda call=call: call))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--out", required=True, type=Path, help="folder for layer.csv and machine.json")
    add("--tokens", type=listed(positive), default=TOKENS, help="requests of a batch [1,16,64,256]")
    add("--context", type=positive, default=CONTEXT, help="tokens in the KV cache of each [1024]")
    add("--repeats", type=positive, default=20, help="runs of which the median is taken [20]")
    add("--smoke", action="store_true", help="a tiny layer on the CPU, to test the script")
    return parser


def measure(options: argparse.Namespace) -> None:
    """Measures everything that was asked for."""
    if not options.smoke and not torch.cuda.is_available():
        raise MeasureError("there is no CUDA device; `--smoke` tests the script on the CPU")
    device = torch.device("cpu" if options.smoke else "cuda")
    name = "CPU (smoke test)" if options.smoke else torch.cuda.get_device_name(device)
    found = machine(device, name)
    options.out.mkdir(parents=True, exist_ok=True)
    on = Measurement(device, name, options.repeats, 0)
    moe = next(on.usable(list(MOE_KERNELS)), None)
    if moe is None:
        raise MeasureError("no kernel for experts can be used here")
    layers = SMOKE_LAYERS if options.smoke else {name: (MODELS[name], heads) for name, heads in LAYERS.items()}
    parts = (measured(on, name, layer, moe, options.tokens, options.context) for name, layer in layers.items())
    write_parts(options.out / "layer.csv", COLUMNS, parts)
    if device.type == "cuda":
        found["after"] = gpu_state(device)
    replace(options.out / "machine.json", json.dumps(found, indent=2) + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Exit codes as those of `sieve`: 0 done, 2 refused."""
    options = parser().parse_args(arguments)
    try:
        with torch.inference_mode():
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
