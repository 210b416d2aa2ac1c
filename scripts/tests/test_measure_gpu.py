"""Batches have the load they are named for, kernels compute the layer, and tables are whole. No GPU is needed."""

import contextlib
import csv
import gzip
import json
import os
import sys
import types
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

import gpu_kernels
from gpu_kernels import MOE_KERNELS, Layer, Timer, expert_ids, loads
from gpu_shapes import DISTRIBUTIONS, MODELS, TOKENS
from measure_gpu import KERNEL_COLUMNS, MOE_COLUMNS, Measurement, main

CPU = torch.device("cpu")


@pytest.mark.parametrize("model", MODELS)
def test_every_token_visits_k_experts(model):
    _, _, k, experts = MODELS[model]
    for law, tokens in product(DISTRIBUTIONS, TOKENS):
        load = loads(law, tokens, k, experts, np.random.default_rng([tokens, experts]))
        assert load.sum() == tokens * k
        assert load.min() >= 0
        assert load.max() <= tokens
        if law == "balanced":
            assert load.max() - load.min() <= 1
        ids = expert_ids(load, tokens, k)
        assert (np.bincount(ids.ravel(), minlength=experts) == load).all()
        ordered = np.sort(ids, axis=1)
        assert (ordered[:, 1:] > ordered[:, :-1]).all()


def test_power_laws_have_their_quantiles():
    tokens, k, experts, power = 10**8, 8, 200_000, 1.2
    load = np.sort(loads(f"power_law_{power}", tokens, k, experts, np.random.default_rng(0)))

    def quantile(share):
        # Where the distribution function of x^-power between 1 and 0.8 tokens has that share.
        return (1 - share * (1 - (0.8 * tokens) ** (1 - power))) ** (1 / (1 - power))

    # Sampling moves a quantile by 2 % in one standard deviation.
    found = load[int(0.9 * experts)] / load[int(0.75 * experts)]
    assert found == pytest.approx(quantile(0.9) / quantile(0.75), rel=0.1)


def layer(tokens=7, hidden=16, inner=24, k=2, experts=5):
    torch.manual_seed(1)
    load = loads("power_law_1.2", tokens, k, experts, np.random.default_rng(3))
    weights = torch.randn(experts, 2 * inner, hidden) / 4, torch.randn(experts, hidden, inner) / 4
    shares = torch.rand(tokens, k)
    ids = torch.from_numpy(expert_ids(load, tokens, k))
    bf16 = [values.bfloat16() for values in (*weights, torch.randn(tokens, hidden))]
    return Layer(*bf16, ids, shares)


def token_by_token(batch):
    """The layer in double precision, by its definition."""
    gate_up, down, hidden = (values.double() for values in (batch.gate_up, batch.down, batch.hidden))
    out = torch.zeros_like(hidden)
    for token, (experts, shares) in enumerate(zip(batch.ids.tolist(), batch.shares.double(), strict=True)):
        for expert, share in zip(experts, shares, strict=True):
            gate, up = (gate_up[expert] @ hidden[token]).chunk(2)
            out[token] += share * (down[expert] @ (gate * gate.sigmoid() * up))
    return out


def fake_vllm(monkeypatch, kernel):
    module = types.ModuleType("vllm.model_executor.layers.fused_moe")
    module.fused_experts = kernel
    for name in ("vllm", "vllm.model_executor", "vllm.model_executor.layers"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)


def as_vllm_does(hidden_states, w1, w2, topk_weights, topk_ids):
    """Stands for `fused_experts` of vLLM, which takes these in this order and w1 as [E, 2I, H]."""
    return token_by_token(Layer(w1, w2, hidden_states, topk_ids, topk_weights)).to(hidden_states.dtype)


@pytest.mark.parametrize("kernel", MOE_KERNELS)
@pytest.mark.parametrize("shape", [{}, {"tokens": 1}, {"tokens": 40, "k": 1}, {"tokens": 3, "k": 5}])
def test_kernels_compute_the_layer(monkeypatch, kernel, shape):
    fake_vllm(monkeypatch, as_vllm_does)
    batch = layer(**shape)
    expected = token_by_token(batch)
    found = MOE_KERNELS[kernel](batch)().double()
    # bf16 keeps 8 bits, and each of the roundings on the way costs up to 2^-9 of a term.
    assert (found - expected).abs().max() <= 0.02 * expected.abs().max()


def test_the_best_kernel_that_is_right_is_taken(monkeypatch, tmp_path, capsys):
    def sources():
        assert main(["--out", str(tmp_path), "--smoke", "--only", "moe", "--tokens", "4", "--repeats", "1"]) == 0
        with (tmp_path / "moe.csv").open() as file:
            return {row["kernel_source"] for row in csv.DictReader(file)}

    fake_vllm(monkeypatch, as_vllm_does)
    assert sources() == {"vllm_fused_moe"}
    fake_vllm(monkeypatch, lambda *layer: as_vllm_does(*layer) * 1.5)
    assert sources() == {"torch_grouped_mm"}
    assert "vllm_fused_moe is left out: its results are off by 0.5 of the largest" in capsys.readouterr().err


def test_what_fails_later_falls_back_row_by_row(monkeypatch, tmp_path, capsys):
    def short_of_memory(batch):
        if len(batch.hidden) > 4:
            raise torch.OutOfMemoryError("out of memory")
        return gpu_kernels.torch_grouped_mm(batch)

    monkeypatch.setitem(MOE_KERNELS, "torch_grouped_mm", short_of_memory)
    rows = list(Measurement(CPU, "x", 1, 0).moe((16, 8, 2, 4), [["torch_grouped_mm"]], [4, 8], ["balanced"]))
    assert [row["num_tokens"] for row in rows] == [4]
    assert "balanced 8: torch_grouped_mm is left out: out of memory" in capsys.readouterr().err
    both = [["torch_grouped_mm", "torch_matmul_loop"]]
    rows = list(Measurement(CPU, "x", 1, 0).moe((16, 8, 2, 4), both, [4, 8], ["balanced"]))
    assert [row["kernel_source"] for row in rows] == ["torch_grouped_mm", "torch_matmul_loop"]


def test_smoke_goes_through_everything(tmp_path):
    assert main(["--out", str(tmp_path), "--smoke", "--repeats", "2", "--moe-kernels", "all"]) == 0
    tables = {}
    for name, columns in {"moe": MOE_COLUMNS, "kernels": KERNEL_COLUMNS}.items():
        with (tmp_path / f"{name}.csv").open(newline="") as file:
            table = csv.DictReader(file)
            tables[name] = list(table)
            assert table.fieldnames == columns
        assert all(float(row["latency_us"]) > 0 for row in tables[name])
        assert {row["device"] for row in tables[name]} == {"CPU (smoke test)"}
    # 2 shapes, 3 token counts, 3 distributions, by each of the kernels that PyTorch itself brings.
    assert len(tables["moe"]) in (36, 54)
    kernels = {row["kernel"] for row in tables["kernels"]}
    assert kernels == {"dense_gemm", "decode_attention", "prefill_attention", "residual_add", "rms_norm", "swiglu"}
    assert json.loads((tmp_path / "machine.json").read_text())["device"] == "CPU (smoke test)"
    assert len(list(tmp_path.iterdir())) == 3


def test_columns_are_those_of_published_tables():
    shared = os.environ.get("SIEVE_SHARED", Path(__file__).parents[2] / "../shared")
    published = Path(shared) / "golden/gpu/moe_kernel_latency.csv.gz"
    if not published.exists():
        pytest.skip(f"{published} is not there")
    with gzip.open(published, "rt", newline="") as file:
        assert next(csv.reader(file)) == MOE_COLUMNS


class FakeEvent:
    """A CUDA event that takes the number of what was logged before it as its time in milliseconds."""

    log: list[str] = []

    def __init__(self, enable_timing):
        assert enable_timing

    def record(self):
        self.log.append("mark")
        self.at = len(self.log)

    def elapsed_time(self, end):
        return end.at - self.at


@pytest.mark.parametrize("capturable", [True, False])
def test_a_gpu_is_timed_from_a_flushed_cache_to_the_end_of_the_graph(monkeypatch, capturable):
    log = []
    timer = Timer(CPU, repeats=2)
    timer.device = types.SimpleNamespace(type="cuda")
    timer.other = types.SimpleNamespace(sum=lambda: log.append("flush"))

    @contextlib.contextmanager
    def graph(_):
        if not capturable:
            raise RuntimeError("operation not permitted when stream is capturing")
        yield

    fake_graph = types.SimpleNamespace(replay=lambda: log.append("replay"))
    monkeypatch.setattr(FakeEvent, "log", log)
    monkeypatch.setattr(torch.cuda, "Event", FakeEvent)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "CUDAGraph", lambda: fake_graph)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert timer.microseconds(lambda: log.append("call")) == 2000
    warm_up = ["call"] * (4 if capturable else 3)
    assert log == [*warm_up, *["flush", "mark", "replay" if capturable else "call", "mark"] * 2]
    assert timer.eager is not capturable


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "error: there is no CUDA device; `--smoke` tests the script on the CPU\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--models", "qwen"], "no model is called `qwen`; there is qwen3-30b-a3b, "),
        (["--models", "32x16x9x8"], "a token cannot visit 9 of 8 experts"),
        (["--models", "0x16x2x8"], "no model is called `0x16x2x8`"),
        (["--tokens", "1,,2"], "`` is no count from 1 on"),
        (["--tokens", "0"], "`0` is no count from 1 on"),
        (["--distributions", "power_law_1.0"], "no distribution is called `power_law_1.0`"),
        (["--distributions", "zipf"], "there is balanced and power_law_A"),
        (["--seed", "-1"], "`-1` is no seed from 0 on"),
    ],
)
def test_options_that_mean_nothing_are_refused(tmp_path, capsys, flags, message):
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path), "--smoke", *flags])
    assert message in capsys.readouterr().err


def test_a_kernel_that_is_not_there_and_a_folder_that_cannot_be(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--smoke", "--moe-kernels", "vllm_fused_moe"]) == 2
    assert "error: --moe-kernels vllm_fused_moe: cannot be used here" in capsys.readouterr().err
    file = tmp_path / "file"
    file.touch()
    assert main(["--out", str(file), "--smoke"]) == 2
    assert f"error: {file}: cannot be written: " in capsys.readouterr().err
