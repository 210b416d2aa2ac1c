"""Small randomly initialised models of several architectures, and a tokenizer: nothing is downloaded."""

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

WORDS = ["the", "token", "moves", "near", "memory", "row", "bank", "layer", "adds", "one", "two", "router", "gate"]
SPECIAL = ["<pad>", "<eos>", "<unk>"]

COMMON = {
    "vocab_size": len(SPECIAL) + len(WORDS),
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "num_experts_per_tok": 2,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": None,
    # Weights far larger than those of real initialisers, so that routers tell tokens apart.
    "initializer_range": 0.5,
}
LATENT = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8}
LINEAR = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "shared_expert_intermediate_size": 24,
}

# Each with 8 experts, of which a token visits 2.
ARCHITECTURES = {
    "Qwen3Moe": {"num_experts": 8, "moe_intermediate_size": 24, "head_dim": 8},
    "Mixtral": {"num_local_experts": 8},
    "Olmoe": {"num_experts": 8},
    "GptOss": {"num_local_experts": 8, "head_dim": 8, "sliding_window": 4},
    # One dense layer, then two with four groups, of which two may be chosen.
    "DeepseekV3": {
        "num_hidden_layers": 3,
        "first_k_dense_replace": 1,
        "n_routed_experts": 8,
        "n_shared_experts": 1,
        "n_group": 4,
        "topk_group": 2,
        "moe_intermediate_size": 24,
        "num_key_value_heads": 4,
        **LATENT,
    },
    "Qwen3Next": {"num_experts": 8, "moe_intermediate_size": 24, "head_dim": 8, "full_attention_interval": 2, **LINEAR},
    "Qwen3_5MoeText": {
        "num_experts": 8,
        "moe_intermediate_size": 24,
        "head_dim": 8,
        "full_attention_interval": 2,
        **LINEAR,
    },
    "Phimoe": {"num_local_experts": 8},
    "Llama4Text": {"num_local_experts": 8, "intermediate_size_mlp": 48, "head_dim": 8, "interleave_moe_layer_step": 1},
}


def model(architecture: str, **changes: object) -> PreTrainedModel:
    """A model of random weights, the same every time."""
    torch.manual_seed(7)
    config = getattr(transformers, f"{architecture}Config")(
        **{**COMMON, **ARCHITECTURES.get(architecture, {}), **changes}
    )
    made = AutoModelForCausalLM.from_config(config).eval()
    for name, buffer in made.named_buffers():
        if name.endswith("e_score_correction_bias"):
            buffer.uniform_(-0.3, 0.3)
    return made


def tokenizer() -> PreTrainedTokenizerFast:
    """One token a word."""
    words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(SPECIAL + WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", bos_token=None
    )
    made.chat_template = "{% for message in messages %}one {{ message['content'] }} {% endfor %}two"
    return made


def save(folder: Path, architecture: str, **changes: object) -> str:
    """Puts model and tokenizer in a folder."""
    model(architecture, **changes).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return str(folder)
