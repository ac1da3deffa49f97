/*
 * What every fuzzer includes. A fuzzer is one file with the function below;
 * it is linked with libFuzzer, or with replay.c, which runs the seeds only.
 */
#ifndef MADANG_TESTS_FUZZ_H
#define MADANG_TESTS_FUZZ_H

/* A property that doesn't hold must stop the fuzzer in every build. */
#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
