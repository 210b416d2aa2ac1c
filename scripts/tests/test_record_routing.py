"""Routing recorded from tiny models is that of the models, whatever the batch."""

import json
import os
import subprocess
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

import tiny
from record_routing import Prompt, Recorder, RecordError, Sampling, generate, main

PROMPTS = [[3, 4, 5, 6, 7], [8, 9], [10, 11, 12]]
GREEDY = Sampling(max_new_tokens=6, temperature=0.0, seed=0, include_prompt=True, stop=[])


def routed(model, prompts=PROMPTS, sampling=GREEDY, batch=8):
    recorder = Recorder(model, "tiny")
    requests = []
    for first in range(0, len(prompts), batch):
        requests += generate(model, recorder, prompts[first : first + batch], sampling, first)
    return requests


def router_logits(model, tokens):
    """Logits of every MoE layer for a sequence read in one pass, as the model itself reports them."""
    with torch.inference_mode():
        return model(input_ids=torch.tensor([tokens]), output_router_logits=True).router_logits


def generated(model, prompt, count):
    """The tokens of greedy generation, by reading everything again for each."""
    tokens = list(prompt)
    for _ in range(count):
        with torch.inference_mode():
            tokens.append(int(model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax()))
    return tokens


def by_group(gate, logits):
    """DeepSeek's choice: the two best groups by the sum of their two best biased scores, then the two best in them."""
    scores = logits.double().sigmoid().numpy() + gate.e_score_correction_bias.numpy()
    chosen = []
    for token in scores:
        groups = [sorted(token[start : start + 2])[-2:] for start in range(0, 8, 2)]
        best = sorted(range(4), key=lambda group: sum(groups[group]))[-2:]
        allowed = [expert for group in best for expert in (2 * group, 2 * group + 1)]
        chosen.append(sorted(allowed, key=lambda expert: token[expert])[-2:])
    return np.array(chosen)


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_ids_are_those_of_the_router(architecture):
    model = tiny.model(architecture)
    for prompt, rows in zip(PROMPTS, routed(model), strict=True):
        tokens = generated(model, prompt, GREEDY.max_new_tokens)
        assert rows.shape == (len(tokens), 2, 2)
        assert rows.max() < 8
        assert (rows[..., 0] != rows[..., 1]).all()
        for layer, logits in enumerate(router_logits(model, tokens)):
            expected = logits.topk(2).indices.numpy()
            if architecture == "DeepseekV3":
                expected = by_group(model.model.layers[1 + layer].mlp.gate, logits)
            assert np.array_equal(np.sort(rows[:, layer]), np.sort(expected))


def test_groups_and_biases_make_a_difference():
    """Otherwise the test above would not tell the gate's choice from the top of its logits."""
    model = tiny.model("DeepseekV3")
    rows = routed(model)[0]
    tokens = generated(model, PROMPTS[0], GREEDY.max_new_tokens)
    tops = np.stack([logits.topk(2).indices.numpy() for logits in router_logits(model, tokens)], 1)
    assert not np.array_equal(np.sort(rows), np.sort(tops))


@pytest.mark.parametrize("temperature", [0.0, 2.0])
@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_a_padded_batch_is_the_same_as_one_by_one(architecture, temperature):
    model = tiny.model(architecture)
    # Some requests end early, at the token that a greedy one ends with.
    stop = generated(model, PROMPTS[1], 3)[-1:]
    sampling = Sampling(max_new_tokens=6, temperature=temperature, seed=1, include_prompt=True, stop=stop)
    together, alone = routed(model, sampling=sampling), routed(tiny.model(architecture), sampling=sampling, batch=1)
    assert [rows.tolist() for rows in together] == [rows.tolist() for rows in alone]


def test_prompts_have_rows_on_request_only():
    model = tiny.model("Qwen3Moe")
    without = Sampling(max_new_tokens=6, temperature=0.0, seed=0, include_prompt=False, stop=[])
    for prompt, rows, short in zip(
        PROMPTS, routed(model), routed(tiny.model("Qwen3Moe"), sampling=without), strict=True
    ):
        assert np.array_equal(rows[len(prompt) :], short)


def test_a_request_ends_before_its_stop_token():
    model = tiny.model("Qwen3Moe")
    tokens = generated(model, PROMPTS[0], 6)[len(PROMPTS[0]) :]
    stop = tokens[3]
    sampling = Sampling(max_new_tokens=6, temperature=0.0, seed=0, include_prompt=False, stop=[stop])
    assert len(routed(model, PROMPTS[:1], sampling)[0]) == tokens.index(stop)


def test_samples_follow_the_softmax():
    sampling = Sampling(max_new_tokens=1, temperature=2.0, seed=0, include_prompt=False, stop=[])
    logits = torch.tensor([0.0, 2.0, -1.0, 1.0])
    draws = [np.random.default_rng([0, request]) for request in range(20_000)]
    counts = sampling.next(logits.expand(len(draws), -1), draws).bincount(minlength=4) / len(draws)
    # Four standard deviations of a share of 20,000 draws are at most 0.0142.
    assert torch.allclose(counts, (logits / 2.0).softmax(-1), atol=0.0142)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A saved Qwen3-MoE, and prompts."""
    made = tmp_path_factory.mktemp("qwen")
    tiny.save(made, "Qwen3Moe")
    (made / "prompts.txt").write_text("the token moves\n\nnear memory\nrow bank layer adds one\n")
    (made / "prompts.jsonl").write_text(
        '{"prompt": "the token moves", "id": 7}\n{"messages": [{"role": "user", "content": "near memory"}]}\n'
    )
    return made


def run(folder, out, *flags, prompts="prompts.txt"):
    common = ["--model", str(folder), "--prompts", str(folder / prompts), "--out", str(out), "--device", "cpu"]
    return main([*common, *flags])


def test_the_file_is_a_trace(folder, tmp_path, capsys):
    out = tmp_path / "t.npz"
    assert run(folder, out, "--max-new-tokens", "5", "--ignore-eos", "--batch-size", "2", "--name", "mine") == 0
    assert capsys.readouterr().out == f"{out}: 3 requests, 15 tokens, 2 layers, 2 of 8 experts each\n"
    with np.load(out) as arrays:
        meta = json.loads(arrays["meta"].tobytes())
        assert meta == {"schema_version": 1, "kind": "requests", "model": "mine", "experts": 8, "top_k": 2}
        assert arrays["expert_ids"].dtype == np.uint16
        assert arrays["expert_ids"].shape == (15, 2, 2)
        assert arrays["request_tokens"].tolist() == [5, 5, 5]
        expected = routed(tiny.model("Qwen3Moe"), [tiny.tokenizer()("near memory")["input_ids"]])[0][2:7]
        assert np.array_equal(arrays["expert_ids"][5:10], expected)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t.npz"]


def test_the_same_run_gives_the_same_bytes(folder, tmp_path):
    for name in ("a.npz", "b.npz"):
        assert run(folder, tmp_path / name, "--max-new-tokens", "4", "--temperature", "1.5", "--ignore-eos") == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert (
        run(folder, tmp_path / "c.npz", "--max-new-tokens", "4", "--temperature", "1.5", "--seed", "1", "--ignore-eos")
        == 0
    )
    assert (tmp_path / "a.npz").read_bytes() != (tmp_path / "c.npz").read_bytes()


def test_messages_go_through_the_chat_template(folder, tmp_path):
    flags = ["--max-new-tokens", "0", "--include-prompt"]
    assert run(folder, tmp_path / "t.npz", *flags, prompts="prompts.jsonl") == 0
    with np.load(tmp_path / "t.npz") as arrays:
        # "one near memory two" has four words.
        assert arrays["request_tokens"].tolist() == [3, 4]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"prompt": "a"}\n{"prompt": 3}', ":2", "needs either `prompt`, a text, or `messages`, a list"),
        ('{"prompt": "a", "messages": [{}]}', ":1", "needs either"),
        ('{"messages": []}', ":1", "needs either"),
        ("[1]", ":1", "needs either"),
        ("{", ":1", "is no JSON"),
        ('{"prompt": ""}', ":1", "has no tokens"),
        ("\n\n", "", "has no prompts"),
    ],
)
def test_bad_prompts_are_refused(folder, tmp_path, capsys, text, place, message):
    prompts = tmp_path / "bad.jsonl"
    prompts.write_text(text)
    (tmp_path / "t.npz").write_text("an earlier result")
    code = run(folder, tmp_path / "t.npz", "--max-new-tokens", "0", "--include-prompt", prompts=prompts)
    assert code == 2
    assert f"error: {prompts}{place}: {message}" in capsys.readouterr().err
    assert (tmp_path / "t.npz").read_text() == "an earlier result"
    assert len(list(tmp_path.iterdir())) == 2


def test_messages_need_a_chat_template():
    plain = tiny.tokenizer()
    plain.chat_template = None
    with pytest.raises(RecordError, match="p.jsonl:1: the chat template refuses it: "):
        Prompt("p.jsonl:1", [{"role": "user", "content": "near memory"}]).ids(plain)


def test_a_dense_model_is_refused(tmp_path, capsys):
    tiny.save(tmp_path, "Llama", num_experts_per_tok=None)
    (tmp_path / "prompts.txt").write_text("near memory")
    assert run(tmp_path, tmp_path / "t.npz") == 2
    message = f"error: {tmp_path}: has no `gate` or `router` beside `experts`; dense models have no routing\n"
    assert capsys.readouterr().err.endswith(message)
    assert not (tmp_path / "t.npz").exists()


def test_a_gate_that_is_passed_by_is_noticed():
    """As kernels of quantised experts do."""
    model = tiny.model("GptOss")
    recorder = Recorder(model, "tiny")
    block = model.model.layers[1].mlp
    block.forward = lambda hidden: (hidden, None)
    with pytest.raises(RecordError, match=r"layers\.1\.mlp\.router: was asked 0 times.*--dequantize"):
        generate(model, recorder, PROMPTS, GREEDY)


def test_a_gate_that_returns_logits_only_is_refused():
    model = tiny.model("Qwen3Moe")
    gate = model.model.layers[0].mlp.gate
    gate.forward = lambda hidden: torch.nn.functional.linear(hidden, gate.weight)
    with pytest.raises(RecordError, match=r"layers\.0\.mlp\.gate: Qwen3MoeTopKRouter returns 0 arrays of expert ids"):
        generate(model, Recorder(model, "tiny"), PROMPTS, GREEDY)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--dequantize"], "has no quantised weights to `--dequantize`"),
        (["--device", "cuda:9"], "error: --device cuda:9: "),
        (["--device", "abacus"], "error: --device abacus: "),
        (["--prompts", "missing.txt"], "error: missing.txt: cannot be read"),
        (["--out", "."], "error: .: is there and no regular file"),
        (["--out", "no/folder/t.npz"], "error: no/folder/t.npz: cannot be written: No such file or directory"),
        (["--model", "no/model"], "error: no/model: cannot be loaded"),
        (["--max-new-tokens", "0"], "no prompt led to a token; see `--include-prompt`"),
    ],
)
def test_what_cannot_be_recorded_is_refused(folder, tmp_path, capsys, flags, message):
    assert run(folder, tmp_path / "t.npz", *flags) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "error: --batch-size 8: is too much for the GPU's memory\n"),
        (OSError(28, "No space left on device"), "t.npz: cannot be written: No space left on device\n"),
    ],
)
def test_running_out_leaves_nothing_behind(folder, tmp_path, capsys, monkeypatch, failure, message):
    def fail(*_):
        raise failure

    monkeypatch.setattr("record_routing.Trace.add", fail)
    assert run(folder, tmp_path / "t.npz", "--ignore-eos", "--max-new-tokens", "1") == 2
    assert capsys.readouterr().err.endswith(message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("flags", [["--max-new-tokens", "-1"], ["--batch-size", "0"], ["--temperature", "nan"]])
def test_options_out_of_range_are_refused(folder, tmp_path, capsys, flags):
    with pytest.raises(SystemExit, match="2"):
        run(folder, tmp_path / "t.npz", *flags)
    assert "out of range" in capsys.readouterr().err


def test_the_archive_may_exceed_4_gib(folder, tmp_path):
    """Its members have 64-bit sizes from the start, since they are written as a stream."""
    assert run(folder, tmp_path / "t.npz", "--max-new-tokens", "1", "--ignore-eos") == 0
    with zipfile.ZipFile(tmp_path / "t.npz") as archive:
        assert [info.extract_version for info in archive.infolist()] == [45, 45, 45]


@pytest.mark.skipif("SIEVE_BIN" not in os.environ, reason="SIEVE_BIN does not name the `sieve` binary")
def test_sieve_replays_the_file(folder, tmp_path):
    out = tmp_path / "t.npz"
    assert run(folder, out, "--max-new-tokens", "20", "--ignore-eos") == 0
    command = [
        os.environ["SIEVE_BIN"],
        "replay",
        "--trace",
        out,
        "--batch",
        "2",
        "--json",
        "--out",
        tmp_path / "results",
    ]
    shape = ["--set=model.layers=2", "--set=experts.count=8", "--set=experts.top_k=2"]
    replayed = subprocess.run([*command, *shape], capture_output=True, text=True)
    assert replayed.returncode == 0, replayed.stderr
    assert json.loads(replayed.stdout)
    refused = subprocess.run([*command, *shape[:2]], capture_output=True, text=True)
    assert refused.returncode == 2
    assert f"{out}: array `meta` has 2 experts per token" in refused.stderr


def test_quantised_weights_are_expanded_on_request(tmp_path, monkeypatch):
    """GPT-OSS with its experts in MXFP4, blocks of 32 weights, as published."""
    tiny.save(tmp_path, "GptOss", intermediate_size=32)
    weights = load_file(tmp_path / "model.safetensors")
    for name in [name for name in weights if name.endswith("_proj") and "experts" in name]:
        experts, inputs, outputs = weights.pop(name).shape
        codes = torch.arange(experts * outputs * inputs // 2) * 37 % 256
        weights[f"{name}_blocks"] = codes.to(torch.uint8).reshape(experts, outputs, inputs // 32, 16)
        weights[f"{name}_scales"] = torch.full((experts, outputs, inputs // 32), 124, dtype=torch.uint8)
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    config = json.loads((tmp_path / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": []}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "prompts.txt").write_text("near memory\n")

    asked = []
    load = AutoModelForCausalLM.from_pretrained

    def watched(*names, config, **rest):
        asked.append(dict(config.quantization_config))
        return load(*names, config=config, **rest)

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", watched)
    assert run(tmp_path, tmp_path / "t.npz", "--dequantize", "--ignore-eos", "--max-new-tokens", "3") == 0
    assert asked[0]["dequantize"] is True
    with np.load(tmp_path / "t.npz") as arrays:
        assert arrays["expert_ids"].shape == (3, 2, 2)
