"""Writes tiny-models.json: configs, names and shapes of weights, and outputs of tiny models whose
weights are an integer formula of name and index, the same in tiny-checkpoint.ts.

transformers 5.23.0, torch 2.15.0, float32, eager attention. Run: python tiny-models.py
"""

import json
import pathlib
import tempfile

import numpy as np
import torch
import transformers
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

LLAMA = dict(
    vocab_size=40, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=32, bos_token_id=1, eos_token_id=2, pad_token_id=0,
)
GPT2 = dict(
    vocab_size=40, n_embd=16, n_inner=20, n_layer=2, n_head=4, n_positions=32,
    bos_token_id=1, eos_token_id=2, pad_token_id=0,
)
NEO = dict(
    vocab_size=40, hidden_size=16, intermediate_size=20, num_layers=2, num_heads=4, window_size=3,
    max_position_embeddings=32, attention_types=[[["global", "local"], 1]],
    bos_token_id=1, eos_token_id=2, pad_token_id=0,
)
YARN = dict(rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=8)
DYNAMIC = dict(rope_type="dynamic", rope_theta=10000.0, factor=3.0)
SLIDING = dict(use_sliding_window=True, sliding_window=3, max_window_layers=1)
MODELS = {
    "llama": ("llama", LLAMA),
    "llama with biases, yarn and tied embeddings": (
        "llama",
        {**LLAMA, "attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True, "rope_parameters": YARN},
    ),
    "llama beyond the trained length, dynamic": (
        "llama", {**LLAMA, "max_position_embeddings": 5, "rope_parameters": DYNAMIC},
    ),
    "mistral": ("mistral", {**LLAMA, "sliding_window": 3}),
    "smollm3": ("smollm3", {**LLAMA, "no_rope_layers": [1, 0]}),
    "qwen2 with a sliding layer": ("qwen2", {**LLAMA, **SLIDING}),
    "qwen3": ("qwen3", {**LLAMA, "head_dim": 8}),
    "gpt2": ("gpt2", {**GPT2, "scale_attn_by_inverse_layer_idx": True}),
    "gpt_neo": ("gpt_neo", NEO),
}
INPUT_IDS = [[1, 5, 9, 13, 17, 21, 25], [1, 38, 3, 30, 7, 22, 11]]
MASK = [[0, 0, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1]]


def fill(name, shape):
    seed = 0
    for byte in name.encode():
        seed = (seed * 31 + byte) & 0xFFFFFFFF
    x = np.arange(int(np.prod(shape)), dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    unit = (x >> np.uint32(8)).astype(np.float64) / 2**24 - 0.5  # [-0.5, 0.5), exact
    is_scale = len(shape) == 1 and name.endswith("weight")
    return torch.from_numpy((unit + 1 if is_scale else unit).astype(np.float32).reshape(shape))


def golden(what, model_type, fields):
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model(model_type, **fields), attn_implementation="eager", dtype=torch.float32
    ).eval()
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            shapes = {name: list(file.get_slice(name).get_shape()) for name in sorted(file.keys())}
    state = model.state_dict()
    with torch.no_grad():
        for name, shape in shapes.items():
            state[name].copy_(fill(name, shape))
        ids = torch.tensor(INPUT_IDS)
        whole = model(ids, output_hidden_states=True)
        padded = model(ids, attention_mask=torch.tensor(MASK))
    numbers = lambda tensor: [round(x, 6) for x in tensor.flatten().tolist()]
    return dict(
        what=what, config=config, shapes=shapes, inputIds=INPUT_IDS, attentionMask=MASK,
        # Norm of every token's state, and six logits of each row's last token.
        hiddenNorms=[numbers(state.norm(dim=-1)) for state in whole.hidden_states],
        lastLogits=numbers(whole.logits[:, -1, :6]), paddedLastLogits=numbers(padded.logits[:, -1, :6]),
    )


transformers.logging.set_verbosity_error()
goldens = [golden(what, *model) for what, model in MODELS.items()]
lines = ",\n".join(json.dumps(golden) for golden in goldens)
pathlib.Path(__file__).with_suffix(".json").write_text(f"[\n{lines}\n]\n")
