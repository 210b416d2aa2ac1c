"""A layer is its kernels in a row, and the table has each of them and the whole. No GPU is needed."""

import csv
import json

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from gpu_shapes import LAYERS, MODELS, SMOKE_LAYERS
from measure_gpu import Measurement
from measure_layer import COLUMNS, decoder_layer, main

KERNELS = ["attention_norm", "qkv", "attention", "output", "attention_residual"]
KERNELS += ["expert_norm", "router", "experts", "expert_residual"]


class Operators(TorchDispatchMode):
    """Lists what PyTorch runs, views included."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        self.seen.append((str(operator), [tuple(value.shape) for value in args if isinstance(value, torch.Tensor)]))
        return operator(*args, **(kwargs or {}))


def operators(*calls):
    with Operators() as log:
        results = [call() for call in calls]
    return log.seen, results


@torch.inference_mode()
def tiny(batch):
    return decoder_layer(
        Measurement(torch.device("cpu"), "x", 1, 0), *SMOKE_LAYERS["tiny"], "torch_matmul_loop", batch, 8
    )


@pytest.mark.parametrize("batch", [1, 3])
@torch.inference_mode()
def test_the_whole_runs_what_its_kernels_run(batch):
    layer = tiny(batch)
    assert list(layer.kernels) == KERNELS
    whole, (result,) = operators(layer.whole)
    parts, results = operators(*layer.kernels.values())
    assert whole == parts
    assert result.shape == results[-1].shape == (batch, 32)
    assert result.isfinite().all()


def test_attention_of_a_layer_is_as_wide_as_its_projections():
    for model, (query_heads, kv_heads, _) in LAYERS.items():
        assert model in MODELS
        assert query_heads % kv_heads == 0


def test_smoke_writes_a_row_for_each_kernel_and_the_whole(tmp_path):
    assert main(["--out", str(tmp_path), "--smoke", "--tokens", "1,4", "--context", "8", "--repeats", "2"]) == 0
    with (tmp_path / "layer.csv").open(newline="") as file:
        table = csv.DictReader(file)
        rows = list(table)
    assert table.fieldnames == COLUMNS
    assert [(row["batch"], row["kernel"]) for row in rows] == [(b, k) for b in "14" for k in [*KERNELS, "layer"]]
    assert all(float(row["latency_us"]) > 0 for row in rows)
    assert json.loads((tmp_path / "machine.json").read_text())["device"] == "CPU (smoke test)"


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "error: there is no CUDA device; `--smoke` tests the script on the CPU\n"
    assert not (tmp_path / "out").exists()
