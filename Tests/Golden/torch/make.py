"""Files of torch.save, and what is in them as safetensors. Run in this directory: python make.py (torch, safetensors)."""

import collections

import torch
from safetensors.torch import save_file

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8 - 1
tensors = {
    "f32": base,
    "f16": base.half(),
    "bf16": base.bfloat16(),
    "row": base[1],  # shares the storage, from its middle on
    "vector": base[1, 2, 1:3],
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
    "one": base[:, :1, :1][:1],  # strides of dimensions of one element mean nothing
    "i64": torch.arange(5),
    "bool": torch.tensor([True, False]),
    "f64": base[0].double(),
}
save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, "expected.safetensors")

ordered = collections.OrderedDict(tensors)
ordered["parameter"] = torch.nn.Parameter(base)
ordered._metadata = collections.OrderedDict({"": {"version": 1}, "layer": {"version": 2}})
torch.save(ordered, "state.bin")
torch.save(dict(tensors), "protocol5.bin", pickle_protocol=5)
torch.save({"epoch": 3, "loss": 0.25, "name": "run", "state_dict": ordered, "args": [1, -70000, None]}, "wrapped.bin")
torch.save({"t": base.permute(2, 0, 1)}, "strided.bin")
torch.save({"t": base}, "legacy.bin", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 2), "module.bin")
