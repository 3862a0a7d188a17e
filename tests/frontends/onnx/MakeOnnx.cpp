// make-onnx TEXT -o FILE: writes the ModelProto that TEXT spells in Protocol Buffers' text form. Lines that start with `//` or '# '
// are dropped, so that a lit test can carry its RUN and CHECK lines.
#include "frontends/onnx/onnx.pb.h"
#include "google/protobuf/text_format.h"

#include <fstream>
#include <iostream>
#include <sstream>

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
  std::stringstream text;
  for (std::string line; std::getline(file, line);)
    text << (line.rfind("//", 0) == 0 ? "" : line) << "\n";
  ingot::onnx::ModelProto model;
  if (!google::protobuf::TextFormat::ParseFromString(text.str(), &model))
    return 1;
  std::ofstream out(output, std::ios::binary);
  return model.SerializeToOstream(&out) ? 0 : 1;
}
