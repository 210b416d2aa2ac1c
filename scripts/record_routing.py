#!/usr/bin/env python3
# /// script
# requires-python = ">=3.10"
# dependencies = ["torch>=2.9", "transformers>=5.0", "numpy>=1.26"]
# ///
"""Records which experts the tokens of a Hugging Face MoE model are routed to.

Generates for prompts in batches and writes what the gate of every MoE layer chooses as a trace of kind `requests`:
`expert_ids` uint16 [tokens, layers, k], request after request, and `request_tokens` uint32 [requests]. Layers are the
MoE layers in order. A token has a row once the model has read it, so an end-of-sequence token has none.
"""

import argparse
import inspect
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

SCHEMA_VERSION = 1


class RecordError(Exception):
    """Something that cannot be recorded: where, what was found, what is allowed."""


@dataclass
class Gate:
    """The router of one MoE layer and what it has chosen since it was last asked, [tokens, k] a pass."""

    name: str
    module: nn.Module
    experts: int
    chosen: list[torch.Tensor] = field(default_factory=list)

    def listen(self, _module: nn.Module, _inputs: Any, output: Any) -> None:
        """Keeps the experts that the module returned. Logits would not do: they know nothing of groups and biases."""
        tensors = output if isinstance(output, tuple) else (output,)
        ids = [tensor for tensor in tensors if not tensor.is_floating_point()]
        k, weights = getattr(self.module, "top_k", None), tensors[0]
        if not ids and k and bool(((weights != 0).sum(-1) == k).all()):
            ids = [weights.topk(k).indices]  # Llama 4 weighs all experts, those it did not choose by 0.
        if len(ids) != 1:
            found = f"{type(self.module).__name__} returns {len(ids)} arrays of expert ids, not one"
            raise RecordError(f"{self.name}: {found}; before Transformers 5 many gates return none")
        self.chosen.append(ids[0].reshape(-1, ids[0].shape[-1]).to(torch.int16))


def gates(model: PreTrainedModel) -> list[Gate]:
    """The gates of a model, layer by layer: modules `gate` or `router` that stand beside `experts`."""
    found = []
    for name, module in (model.get_decoder() or model).named_modules():
        children = dict(module.named_children())
        experts = children.get("experts")
        for child in ("gate", "router"):
            if experts is not None and child in children:
                found.append(Gate(f"{name}.{child}", children[child], expert_count(experts)))
    return found


def expert_count(experts: nn.Module) -> int:
    """How many there are: a list of modules, or one module whose weights are [experts, ...]."""
    named = getattr(experts, "num_experts", None)
    return named or (len(experts) if isinstance(experts, nn.ModuleList) else len(next(experts.parameters())))


class Recorder:
    """Listens to all gates of a model.

    Raises `RecordError` for a model without gates, or whose layers differ in their number of experts.
    """

    def __init__(self, model: PreTrainedModel, name: str) -> None:
        self.gates = gates(model)
        if not self.gates:
            raise RecordError(f"{name}: has no `gate` or `router` beside `experts`; dense models have no routing")
        self.experts = self.gates[0].experts
        for gate in self.gates:
            if gate.experts != self.experts:
                raise RecordError(f"{gate.name}: has {gate.experts} experts, {self.gates[0].name} {self.experts}")
            gate.module.register_forward_hook(gate.listen)

    def take(self, batch: int, length: int) -> np.ndarray:
        """What was chosen in a pass over `batch` sequences of `length`: uint16 [batch, length, layers, k]."""
        for gate in self.gates:
            if len(gate.chosen) != 1:
                times = f"{gate.name}: was asked {len(gate.chosen)} times in a pass, not once"
                raise RecordError(f"{times}; kernels of quantised experts route by themselves, see `--dequantize`")
        layers = [gate.chosen.pop() for gate in self.gates]
        allowed = (batch * length, layers[0].shape[1])
        for gate, layer in zip(self.gates, layers, strict=True):
            if layer.shape != allowed:
                raise RecordError(f"{gate.name}: chose {list(layer.shape)} experts, not {list(allowed)}")
        ids = torch.stack([layer.to(layers[0].device) for layer in layers], 1).cpu().numpy().astype(np.uint16)
        if ids.max() >= self.experts:
            raise RecordError(f"expert {ids.max()} was chosen, the last one is {self.experts - 1}")
        return ids.reshape(batch, length, len(layers), allowed[1])


@dataclass
class Sampling:
    """How tokens are generated. The draws of a request depend on the seed and its number, not on its batch."""

    max_new_tokens: int
    temperature: float
    seed: int
    include_prompt: bool
    stop: list[int]

    def next(self, logits: torch.Tensor, draws: list[np.random.Generator]) -> torch.Tensor:
        """The next token of each sequence, [batch], from logits [batch, vocabulary]."""
        if self.temperature == 0:
            return logits.argmax(-1)
        below = (logits.double() / self.temperature).softmax(-1).cumsum(-1)
        points = below.new_tensor([[draw.random()] for draw in draws]) * below[:, -1:]
        return torch.searchsorted(below, points, right=True).squeeze(1).clamp(max=logits.shape[-1] - 1)


@torch.inference_mode()
def generate(
    model: PreTrainedModel, recorder: Recorder, prompts: list[list[int]], sampling: Sampling, first: int = 0
) -> list[np.ndarray]:
    """Generates for a batch of prompts, whose requests are numbered from `first`.

    Returns the rows of each request, uint16 [tokens, layers, k], without those of padding and of requests that ended.
    """
    longest = max(map(len, prompts))
    padding = [longest - len(prompt) for prompt in prompts]
    ids = torch.tensor([[0] * pad + prompt for pad, prompt in zip(padding, prompts, strict=True)], device=model.device)
    mask = torch.tensor([[0] * pad + [1] * (longest - pad) for pad in padding], device=model.device)
    draws = [np.random.default_rng([sampling.seed, first + place]) for place in range(len(prompts))]
    stop = torch.tensor(sampling.stop, dtype=ids.dtype, device=model.device)
    alive = torch.ones(len(prompts), dtype=torch.bool, device=model.device)
    rows: list[list[np.ndarray]] = [[] for _ in prompts]
    # Renamed in Transformers 5.24; code that comes with a model keeps the old name.
    cached = "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
    cache = None
    for step in range(sampling.max_new_tokens + 1):
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        inputs = {"input_ids": ids, "attention_mask": mask, "position_ids": positions, cached: cache}
        output = model(**inputs, use_cache=True, logits_to_keep=1)
        cache, chosen = output[cached], recorder.take(*ids.shape)
        for place, pad in enumerate(padding):
            if step == 0 and sampling.include_prompt:
                rows[place].append(chosen[place, pad:])
            elif step > 0 and alive[place]:
                rows[place].append(chosen[place])
        if step == sampling.max_new_tokens:
            break
        ids = sampling.next(output.logits[:, -1], draws).unsqueeze(1)
        alive &= ~torch.isin(ids.squeeze(1), stop)
        if not alive.any():
            break
        mask = torch.cat([mask, mask.new_ones(len(prompts), 1)], 1)
    return [np.concatenate([chosen[0, :0], *parts]) for parts in rows]


class Trace:
    """A trace in the making. Ids go to a file without a name and are zipped in the end: memory holds one batch."""

    def __init__(self, path: Path) -> None:
        self.path, self.tokens, self.shape = path, [], (0, 0)
        if path.exists() and not path.is_file():
            raise RecordError(f"{path}: is there and no regular file")
        self.ids = tempfile.TemporaryFile(dir=path.parent)

    def add(self, rows: np.ndarray) -> None:
        """Adds a request, [tokens, layers, k]."""
        self.ids.write(rows.astype("<u2").tobytes())
        self.tokens.append(len(rows))
        self.shape = rows.shape[1:]

    def finish(self, model: str, experts: int) -> None:
        """Writes the archive beside `path` and renames it. The same trace gives the same bytes."""
        shape = (sum(self.tokens), *self.shape)
        meta = {"schema_version": SCHEMA_VERSION, "kind": "requests", "model": model, "experts": experts}
        meta["top_k"] = shape[2]
        temporary = self.path.with_name(f".sieve-{os.getpid()}-{self.path.name}")
        try:
            with zipfile.ZipFile(temporary, "w") as archive:
                with member(archive, "meta") as file:
                    np.lib.format.write_array(file, np.frombuffer(json.dumps(meta).encode(), np.uint8))
                with member(archive, "request_tokens") as file:
                    np.lib.format.write_array(file, np.array(self.tokens, "<u4"))
                with member(archive, "expert_ids") as file:
                    header = {"descr": "<u2", "fortran_order": False, "shape": shape}
                    np.lib.format.write_array_header_1_0(file, header)
                    self.ids.seek(0)
                    shutil.copyfileobj(self.ids, file)
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)


def member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """Opens an array of the archive, with a fixed date."""
    info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return archive.open(info, "w", force_zip64=True)


@dataclass
class Prompt:
    """What to generate for: a text, or messages for the chat template. `place` says where it was found."""

    place: str
    content: str | list[dict]

    def ids(self, tokenizer: PreTrainedTokenizerBase) -> list[int]:
        """Token ids."""
        if isinstance(self.content, str):
            ids = tokenizer(self.content)["input_ids"]
        else:
            try:
                ids = tokenizer.apply_chat_template(self.content, add_generation_prompt=True, return_dict=False)
            except Exception as error:  # Templates raise whatever they like.
                raise RecordError(f"{self.place}: the chat template refuses it: {first_line(error)}") from error
        if not ids:
            raise RecordError(f"{self.place}: has no tokens")
        return ids


def read_prompts(path: Path) -> list[Prompt]:
    """The lines of a text file, or `prompt` or `messages` of lines of JSON. Skips empty lines."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read: {first_line(error)}") from error
    found = [Prompt(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise RecordError(f"{path}: has no prompts")
    return [json_prompt(prompt.place, prompt.content) for prompt in found] if path.suffix == ".jsonl" else found


def json_prompt(place: str, line: str) -> Prompt:
    """A prompt of one JSON object, whose other keys are the user's own."""
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise RecordError(f"{place}: is no JSON: {error}") from error
    match record:
        case {"prompt": str(text)} if "messages" not in record:
            return Prompt(place, text)
        case {"messages": [_, *_] as messages} if "prompt" not in record:
            return Prompt(place, messages)
        case _:
            raise RecordError(f"{place}: needs either `prompt`, a text, or `messages`, a list")


def first_line(error: Exception) -> str:
    """What an error says, without the advice that follows."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def load(model: str, dtype: str, device: str, dequantize: bool) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model and tokenizer of a folder or hub id."""
    placed = {"device_map": "auto"} if device == "auto" else {}
    try:
        config = AutoConfig.from_pretrained(model)
        if dequantize:
            if not getattr(config, "quantization_config", None):
                raise RecordError(f"{model}: has no quantised weights to `--dequantize`")
            config.quantization_config = {**config.quantization_config, "dequantize": True}
        tokenizer = AutoTokenizer.from_pretrained(model)
        loaded = AutoModelForCausalLM.from_pretrained(model, config=config, dtype=dtype, **placed).eval()
    except (OSError, ValueError, ImportError) as error:
        raise RecordError(f"{model}: cannot be loaded: {first_line(error)}") from error
    try:
        return (loaded if placed else loaded.to(device)), tokenizer
    except (RuntimeError, AssertionError) as error:
        raise RecordError(f"--device {device}: {first_line(error)}") from error


def record(options: argparse.Namespace) -> str:
    """Records a trace; returns a line about it."""
    prompts, trace = read_prompts(options.prompts), Trace(options.out)
    model, tokenizer = load(options.model, options.dtype, options.device, options.dequantize)
    recorder = Recorder(model, options.model)
    ends = [] if options.ignore_eos else [model.generation_config.eos_token_id, tokenizer.eos_token_id]
    stop = [token for end in ends for token in (end if isinstance(end, list) else [end]) if token is not None]
    sampling = Sampling(options.max_new_tokens, options.temperature, options.seed, options.include_prompt, stop)
    for first in range(0, len(prompts), options.batch_size):
        batch = [prompt.ids(tokenizer) for prompt in prompts[first : first + options.batch_size]]
        for place, rows in enumerate(generate(model, recorder, batch, sampling, first), first):
            if len(rows) == 0:
                print(f"warning: {prompts[place].place} led to no token and is left out", file=sys.stderr)
            else:
                trace.add(rows)
        print(f"{first + len(batch)} of {len(prompts)} prompts", file=sys.stderr)
    if not trace.tokens:
        raise RecordError(f"{options.prompts}: no prompt led to a token; see `--include-prompt` and `--ignore-eos`")
    trace.finish(options.name or Path(options.model).name, recorder.experts)
    layers, k = trace.shape
    recorded = f"{len(trace.tokens)} requests, {sum(trace.tokens)} tokens, {layers} layers"
    return f"{options.out}: {recorded}, {k} of {recorder.experts} experts each"


def at_least(least: float, kind: type) -> Callable[[str], float]:
    """A parser of finite numbers from `least` on."""

    def number(text: str) -> float:
        value = kind(text)
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is out of range, {least} or more is allowed")
        return value

    number.__name__ = kind.__name__
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    cuda = "cuda" if torch.cuda.is_available() else "cpu"
    add("--model", required=True, help="folder or hub id of a Transformers model")
    add("--prompts", required=True, type=Path, help="text, one prompt a line, or .jsonl with `prompt` or `messages`")
    add("--out", required=True, type=Path, help="trace to write (.npz)")
    add("--name", help="name of the model in the trace [last part of --model]")
    add("--max-new-tokens", type=at_least(0, int), default=256, help="tokens to generate, at most [256]")
    add(
        "--batch-size", type=at_least(1, int), default=8, help="prompts at a time; matters to the trace by rounding [8]"
    )
    add("--include-prompt", action="store_true", help="rows for the tokens of the prompt too")
    add("--temperature", type=at_least(0, float), default=0.0, help="0 takes the likeliest token, else samples [0]")
    add("--seed", type=at_least(0, int), default=0, help="of sampling [0]")
    add("--ignore-eos", action="store_true", help="go on after an end-of-sequence token")
    add("--dtype", default="auto", choices=["auto", "float32", "bfloat16", "float16"], help="[as stored]")
    add("--device", default=cuda, help=f"cpu, cuda, cuda:1 ...; auto spreads over all GPUs [{cuda}]")
    add("--dequantize", action="store_true", help="expand quantised weights when loading (MXFP4 on a GPU needs it)")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exit codes as those of `sieve`: 0 done, 2 refused."""
    options = parser().parse_args(arguments)
    try:
        print(record(options))
    except RecordError as error:
        message = str(error)
    except torch.OutOfMemoryError:
        message = f"--batch-size {options.batch_size}: is too much for the GPU's memory"
    except OSError as error:
        message = f"{options.out}: cannot be written: {error.strerror}"
    else:
        return 0
    print(f"error: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
