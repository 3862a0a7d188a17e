// Loading an artifact whose memory the dynamic linker does not know: a standalone executable that another program maps. C++.
#ifndef INGOT_RUNTIME_LOADERS_MAPPED_IMAGE_H
#define INGOT_RUNTIME_LOADERS_MAPPED_IMAGE_H

#include <ingot/runtime.h>

/// Check the bytes of an executable or shared library for this machine: ABI version, tables, code, and the whole file where
/// it is as compiled. What ingot_load_file does before the dynamic linker sees a file.
ingot_code ingot_check_file(const char *path, ingot_error *error);

/// As ingot_load_image, for an image that lies with its tables, code and weights in the readable memory [start, start +
/// size).
ingot_artifact *ingot_load_mapped(const struct ingot_image *image, const void *start, uint64_t size, ingot_error *error);

#endif // INGOT_RUNTIME_LOADERS_MAPPED_IMAGE_H
