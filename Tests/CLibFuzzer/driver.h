#pragma once

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer by its command line; calls `test` with one input after the other. LLVM documents it with libFuzzer, and
/// installs no header for it.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));
