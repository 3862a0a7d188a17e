#include "tools/conformance/ProgramRunner.h"

#include "mlir/IR/Diagnostics.h"

namespace ingot::conformance {

std::unique_ptr<driver::Runner> makeProgramRunner(std::unique_ptr<mlir::MLIRContext> context, Program program,
                                                  const CaseOptions &options, std::string *why) {
  if (options.interpret)
    return driver::makeReferenceRunner(std::move(context), std::move(program), "", why);
  CompileOptions compileOptions;
  compileOptions.target.cpu = options.cpu;
  compileOptions.optLevel = options.optLevel;
  compileOptions.jobs = 1;
  compileOptions.modelName = "case";
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(context.get(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      problem += (problem.empty() ? "" : "; ") + diagnostic.str();
    return mlir::success();
  });
  mlir::FailureOr<std::unique_ptr<CompiledModel>> model = compile(std::move(program), compileOptions);
  if (mlir::failed(model)) {
    *why = "does not compile: " + problem;
    return nullptr;
  }
  std::unique_ptr<driver::Runner> runner = driver::makeCompiledRunner(**model, {}, &problem);
  if (!runner)
    *why = "does not load: " + problem;
  return runner;
}

} // namespace ingot::conformance
