// make-onnx TEXT -o FILE: writes the ModelProto that TEXT spells in Protocol Buffers' text form, whose comments start with
// `#`.
#include "frontends/onnx/onnx.pb.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/text_format.h"

#include <fstream>
#include <iostream>

int main(int argc, char **argv) {
  std::string input, output;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "-o" && i + 1 < argc)
      output = argv[++i];
    else
      input = argument;
  }
  std::ifstream file(input);
  if (!file || output.empty()) {
    std::cerr << "usage: make-onnx TEXT -o FILE\n";
    return 1;
  }
  google::protobuf::io::IstreamInputStream text(&file);
  ingot::onnx::ModelProto model;
  if (!google::protobuf::TextFormat::Parse(&text, &model))
    return 1;
  std::ofstream out(output, std::ios::binary);
  return model.SerializeToOstream(&out) ? 0 : 1;
}
