"""Writes bf16.gguf and f16.gguf with the weights of the smollm2 fixture, for llama.cpp.

usage: make-ggufs.py FIXTURE_DIR OUT_DIR    (pip install gguf)

The fixture's Hub folder was widened from model-q4_1.gguf, so both sides compute with the same numbers.
"""
import os
import sys

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize

FILE_TYPES = {"f16": 1, "bf16": 32}


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


def main(source, target):
    os.makedirs(target, exist_ok=True)
    reader = GGUFReader(os.path.join(source, "model-q4_1.gguf"))
    for name, file_type in FILE_TYPES.items():
        path = os.path.join(target, f"{name}.gguf")
        writer = GGUFWriter(path + ".part", "llama")
        copy_fields(reader, writer)
        writer.add_file_type(file_type)
        add_tensors(reader, writer, name)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        os.replace(path + ".part", path)


if __name__ == "__main__":
    main(*sys.argv[1:3])
