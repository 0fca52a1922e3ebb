"""transformers on torch. usage: python torch-worker.py MODEL_DIR THREADS float32|bfloat16"""
import json
import os
import resource
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # libraries print to stdout

import torch
from transformers import AutoModelForCausalLM

folder, threads, dtype = sys.argv[1], int(sys.argv[2]), getattr(torch, sys.argv[3])
torch.set_num_threads(threads)
model = None


def load(_request):
    global model
    started = time.perf_counter()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, attn_implementation="sdpa")
    model.eval()
    return {"loadMs": 1000 * (time.perf_counter() - started)}


def round_(request):
    ids, count, warm = torch.tensor([request["ids"]]), request["decode"], 4
    with torch.inference_mode():
        started = time.perf_counter()
        output = model(ids, use_cache=True, logits_to_keep=1)
        prefill = ids.shape[1] / (time.perf_counter() - started)
        token = output.logits[:, -1:].argmax(-1)
        for step in range(warm + count):
            if step == warm:
                started = time.perf_counter()
            output = model(token, past_key_values=output.past_key_values, use_cache=True)
            token = output.logits[:, -1:].argmax(-1)
        decode = count / (time.perf_counter() - started)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"prefill": prefill, "decode": decode, "rss": rss}


handlers = {"load": load, "round": round_}
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(handlers[request["op"]](request)), file=answers, flush=True)
