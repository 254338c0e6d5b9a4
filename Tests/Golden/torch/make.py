"""Makes the files of this folder with torch and safetensors (see README.md)."""

import pickletools
from collections import OrderedDict

import torch
from safetensors.torch import save_file

torch.manual_seed(1)


def save(name, state, **options):
    """NAME.bin as torch writes it, and NAME.safetensors with the tensors of `state`, or else of the dictionary in it."""
    torch.save(state, f"{name}.bin", **options)
    if not any(torch.is_tensor(value) for value in state.values()):
        state = state.get("state_dict", state.get("model"))
    tensors = {key: value.detach().clone().contiguous() for key, value in state.items() if torch.is_tensor(value)}
    save_file(tensors, f"{name}.safetensors")


class Module(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.norm = torch.nn.BatchNorm1d(2)  # with a buffer of int64, which has no dimensions
        self.register_buffer("position_ids", torch.arange(5).expand((1, -1)))


plain = {
    "f32": torch.randn(2, 3),
    "f16": torch.randn(3, 2).half(),
    "bf16": torch.randn(4).bfloat16(),
    "convolution": torch.randn(2, 3, 2, 2),
    "scalar": torch.tensor(1.5),
    "empty": torch.zeros(0, 3),
    "f64": torch.randn(2).double(),
    "i64": torch.tensor([[-1, 1 << 40]]),
    "i32": torch.tensor([-2, 3], dtype=torch.int32),
    "i16": torch.tensor([-3], dtype=torch.int16),
    "i8": torch.tensor([-4, 5], dtype=torch.int8),
    "u8": torch.tensor([255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
}
for protocol in range(2, 6):
    save(f"protocol{protocol}", plain, pickle_protocol=protocol)

# The state dict of a module is an OrderedDict with `_metadata`, its values are views of parameters.
save("module", Module().state_dict())
save("parameters", OrderedDict(Module().named_parameters()))

whole = torch.arange(24, dtype=torch.float32)
save(
    "shared",
    {
        "whole": whole,
        "again": whole,
        "rows": whole.view(4, 6)[1:3],
        "end": whole[20:],
        "one": whole.view(4, 6)[2:3, 5:6],  # has strides of the whole, which are taken nowhere
        "ones": torch.ones(3, 1).t(),
    },
)
others = {"epoch": 3, "loss": 0.5, "name": "größer", "none": None, "done": True, "big": 1 << 70, "sizes": (1, [2, "x"])}
optimizer = {"state": {0: {"step": 3}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
inner = {"a.weight": torch.randn(2, 2), "a.bias": torch.randn(2)}
save("state_dict", {"state_dict": inner, "optimizer": optimizer, **others})
save("model", {"model": inner, "also": inner, **others})
save("others", {**inner, "state_dict": {"b": torch.ones(1)}, "nested": {"c": torch.ones(1)}, **others})

# Every kind that is refused.
torch.save({"a": torch.ones(2), "t": torch.randn(2, 3).t()}, "transposed.bin")
torch.save({"expanded": torch.ones(1).expand(2, 2)}, "expanded.bin")
torch.save({"negated": torch.randn(2, dtype=torch.complex64).conj().imag}, "negated.bin")
torch.save({"f8": torch.ones(2).to(torch.float8_e4m3fn)}, "float8.bin")
torch.save({"complex": torch.ones(2, dtype=torch.complex64)}, "complex.bin")
torch.save({"sparse": torch.eye(2).to_sparse()}, "sparse.bin")
torch.save({"a": torch.ones(2), "size": torch.Size([1])}, "size.bin")
torch.save(torch.nn.Linear(1, 1), "pickled-module.bin")
torch.save(torch.ones(2), "tensor.bin")
torch.save({"nothing": 1}, "no-tensors.bin")
torch.save({"a": torch.ones(2)}, "legacy.bin", _use_new_zipfile_serialization=False)
torch.save({"a": torch.ones(2)}, "legacy4.bin", _use_new_zipfile_serialization=False, pickle_protocol=4)
torch.jit.script(torch.nn.Linear(1, 1)).save("script.bin")

# Every opcode of Python's pickles.
with open("opcodes.txt", "w") as file:
    file.writelines(f"{ord(opcode.code)} {opcode.name}\n" for opcode in pickletools.opcodes)
