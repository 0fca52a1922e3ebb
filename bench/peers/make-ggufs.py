"""Writes bf16.gguf and f16.gguf with the weights of the smollm2 fixture, for llama.cpp, and their quantized forms.

usage: make-ggufs.py FIXTURE_DIR OUT_DIR    (pip install gguf; llama-cpp-python for the quantized forms)

The fixture's Hub folder was widened from model-q4_1.gguf, so both sides compute with the same numbers. llama.cpp itself
quantizes bf16.gguf; without it those files are left out. Files that are there already are left alone.
"""
import importlib.util
import os
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize

FILE_TYPES = {"f16": 1, "bf16": 32}
# Numbers of llama.cpp's llama_ftype. Rows of 576 are no blocks of 256: where those are asked for, it takes others.
QUANTIZED = {
    "q4_0": 2,
    "q4_1": 3,
    "q8_0": 7,
    "q5_0": 8,
    "q5_1": 9,
    "q2_k": 10,
    "q4_k_m": 15,
    "q5_k_m": 17,
    "q6_k": 18,
    "iq4_nl": 25,
}


def copy_fields(reader, writer):
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key in ("general.architecture", "general.file_type"):
            continue
        kind, value = field.types[0], field.contents()
        if kind == GGUFValueType.ARRAY:
            writer.add_array(key, value)
        else:
            writer.add_key_value(key, value, kind)


def add_tensors(reader, writer, name):
    for tensor in reader.tensors:
        shape = tuple(reversed(tensor.shape.tolist()))
        values = dequantize(tensor.data, tensor.tensor_type).reshape(shape)
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values.astype(np.float32))
        elif name == "f16":
            writer.add_tensor(tensor.name, values.astype(np.float16))
        else:
            bits = gguf.quantize(values, GGMLQuantizationType.BF16)
            writer.add_tensor(tensor.name, bits, raw_dtype=GGMLQuantizationType.BF16)


def write(reader, name, file_type, path):
    writer = GGUFWriter(path, "llama")
    copy_fields(reader, writer)
    writer.add_file_type(file_type)
    add_tensors(reader, writer, name)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def quantize(source, file_type, path):
    import llama_cpp

    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = file_type
    params.nthread = os.cpu_count()
    if llama_cpp.llama_model_quantize(source.encode(), path.encode(), params) != 0:
        raise RuntimeError(f"llama_model_quantize could not write {path}")


def make(target, name, work):
    path = os.path.join(target, f"{name}.gguf")
    if os.path.exists(path):
        return
    work(path + ".part")
    os.replace(path + ".part", path)


def main(source, target):
    os.makedirs(target, exist_ok=True)
    reader = GGUFReader(os.path.join(source, "model-q4_1.gguf"))
    for name, file_type in FILE_TYPES.items():
        make(target, name, lambda path: write(reader, name, file_type, path))
    if importlib.util.find_spec("llama_cpp") is None:
        return
    for name, file_type in QUANTIZED.items():
        source = os.path.join(target, "bf16.gguf")
        make(target, name, lambda path: quantize(source, file_type, path))


if __name__ == "__main__":
    main(*sys.argv[1:3])
