# Everything else the compiler side uses, all from the distribution's packages (docs/dependencies.md says why each).
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)
