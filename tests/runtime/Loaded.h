// An artifact built by hand, loaded, with one session.
#ifndef INGOT_TESTS_RUNTIME_LOADED_H
#define INGOT_TESTS_RUNTIME_LOADED_H

#include <gtest/gtest.h>

#include <ingot/runtime.h>

#include "tests/runtime/TableBuilder.h"

namespace ingot::test {

struct Loaded {
  explicit Loaded(const BuiltArtifact &built, int32_t threads = 1, const char *device = nullptr, bool profile = false) {
    artifact = ingot_load_image(built.image(), &error);
    EXPECT_NE(artifact, nullptr) << error.message;
    ingot_session_options options{sizeof options, threads, device, profile};
    session = artifact ? ingot_session_create(artifact, nullptr, &options, &error) : nullptr;
    EXPECT_NE(session, nullptr) << error.message;
  }
  ~Loaded() {
    ingot_session_destroy(session);
    ingot_unload(artifact);
  }
  ingot_error error{};
  ingot_artifact *artifact;
  ingot_session *session;
};

inline ingot_buffer floats(std::vector<float> &values, std::vector<int64_t> dims) {
  return ingot_buffer_of(values.data(), INGOT_F32, static_cast<uint32_t>(dims.size()), dims.data());
}

} // namespace ingot::test

#endif // INGOT_TESTS_RUNTIME_LOADED_H
