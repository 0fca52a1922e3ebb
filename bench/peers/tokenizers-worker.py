"""The Rust library tokenizers through its Python binding, one thread. usage: python tokenizers-worker.py"""
import hashlib
import json
import os
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # libraries print to stdout
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import array

import tokenizers

tokenizer = None
files = {}


def load(request):
    global tokenizer
    started = time.perf_counter()
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(request["folder"], "tokenizer.json"))
    seconds = time.perf_counter() - started
    # What the file asks for is no part of encoding ids.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return {"loadMs": 1000 * seconds, "version": tokenizers.__version__}


def cut(text, size):
    """Pieces of so many UTF-16 units, as the other workers cut them."""
    pieces, piece, units = [], [], 0
    for character in text:
        piece.append(character)
        units += 2 if ord(character) > 0xFFFF else 1
        if units >= size:
            pieces.append("".join(piece))
            piece, units = [], 0
    return pieces + ["".join(piece)] if piece else pieces


def encode(text):
    return tokenizer.encode(text, add_special_tokens=False).ids


def time_(request):
    if request["file"] not in files:
        with open(request["file"], "rb") as file:
            files[request["file"]] = file.read()
    text = files[request["file"]][request["start"] : request["end"]].decode("utf-8")
    pieces = cut(text, request["piece"])
    started = time.perf_counter()
    ids = encode(text)
    whole = time.perf_counter() - started
    started = time.perf_counter()
    for piece in pieces:
        encode(piece)
    in_pieces = time.perf_counter() - started
    started = time.perf_counter()
    tokenizer.decode(ids, skip_special_tokens=False)
    decoded = time.perf_counter() - started
    found = hashlib.sha256(array.array("i", ids).tobytes()).hexdigest()
    return {"whole": whole, "pieces": in_pieces, "decode": decoded, "hash": found}


handlers = {"load": load, "time": time_}
for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = handlers[request["op"]](request)
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), file=answers, flush=True)
