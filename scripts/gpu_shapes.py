"""What `measure_gpu.py` measures."""

from dataclasses import dataclass

# Hidden size, intermediate size, experts of a token, experts.
Experts = tuple[int, int, int, int]
# Query heads, KV heads, head size.
Heads = tuple[int, int, int]

# From config.json of each model, as in ai-dynamo/aiconfigurator @ 095f58a51c4c model_configs/. Qwen3-Next, GLM-4.5
# are as in THUDM/slime scripts/models/, OLMoE as in allenai/OLMoE, DeepSeek-V2-Lite from Hugging Face, Phi-3.5-MoE the
# defaults of Transformers 5.24.
MODELS: dict[str, Experts] = {
    "qwen3-30b-a3b": (2048, 768, 8, 128),
    "qwen3-235b-a22b": (4096, 1536, 8, 128),
    "qwen3-next-80b-a3b": (2048, 512, 10, 512),
    "qwen3.5-397b-a17b": (4096, 1024, 10, 512),
    "qwen3.5-35b-a3b": (2048, 512, 8, 256),
    "gpt-oss-120b": (2880, 2880, 4, 128),
    "gpt-oss-20b": (2880, 2880, 4, 32),
    "mixtral-8x7b": (4096, 14336, 2, 8),
    "mixtral-8x22b": (6144, 16384, 2, 8),
    "deepseek-v3": (7168, 2048, 8, 256),
    "deepseek-v2-lite": (2048, 1408, 6, 64),
    "olmoe-1b-7b": (2048, 1024, 8, 64),
    "kimi-k2": (7168, 2048, 8, 384),
    "glm-4.5": (5120, 1536, 8, 160),
    "llama-4-maverick": (5120, 8192, 1, 128),
    "phi-3.5-moe": (4096, 6400, 2, 16),
}
# As in the tables of ai-dynamo/aiconfigurator @ 095f58a51c4c.
TOKENS = [1, 2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 768]
TOKENS += [1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384]
DISTRIBUTIONS = ["balanced", "power_law_1.01", "power_law_1.2"]


@dataclass
class Shapes:
    """What is measured besides expert layers."""

    tokens: list[int]
    # Outputs and inputs of dense products.
    dense: list[tuple[int, int]]
    heads: list[Heads]
    batches: list[int]
    contexts: list[int]
    # Tokens in the KV cache of a decode batch, at most.
    cached: int
    # Of elementwise kernels.
    widths: list[int]


FULL = Shapes(
    tokens=[1, 4, 16, 64, 256, 1024, 4096],
    # QKV and output projections of Qwen3-30B and GPT-OSS, the language head of Qwen3-30B, and squares.
    dense=[(5120, 2048), (2048, 4096), (5120, 2880), (2880, 4096), (151936, 2048)]
    + [(side, side) for side in (4096, 8192, 16384)],
    # Qwen3-30B, GPT-OSS, Mixtral-8x7B, Qwen3-Next, Qwen3.5-397B.
    heads=[(32, 4, 128), (64, 8, 64), (32, 8, 128), (16, 2, 256), (32, 2, 256)],
    batches=[1, 4, 16, 64, 256],
    contexts=[128, 512, 1024, 2048, 4096, 8192, 16384],
    cached=1 << 20,
    widths=[2048, 4096, 8192],
)

# Small enough to go through everything on a CPU.
SMOKE_MODELS: list[Experts] = [(32, 16, 2, 8), (16, 48, 1, 4)]
SMOKE_TOKENS = [1, 4, 32]
SMOKE = Shapes([1, 4], [(64, 32)], [(4, 2, 16)], [1, 2], [8, 16], 24, [32])

# Attention of the models of which whole layers are measured.
LAYERS: dict[str, Heads] = {"qwen3-30b-a3b": (32, 4, 128), "gpt-oss-120b": (64, 8, 64)}
SMOKE_LAYERS: dict[str, tuple[Experts, Heads]] = {"tiny": ((32, 16, 2, 8), (4, 2, 16))}
