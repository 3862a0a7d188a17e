#include "tools/conformance/CaseResult.h"

namespace ingot::conformance {

namespace json = llvm::json;

static constexpr llvm::StringLiteral kNames[] = {"passed", "failed", "unsupported", "not_comparable"};

llvm::StringRef statusName(CaseStatus status) { return kNames[static_cast<size_t>(status)]; }

static json::Array texts(llvm::ArrayRef<std::string> list) {
  json::Array array;
  for (const std::string &text : list)
    array.push_back(json::fixUTF8(text));
  return array;
}

json::Value toJson(const CaseResult &result) {
  return json::Object{{"name", json::fixUTF8(result.name)},
                      {"status", statusName(result.status)},
                      {"reason", json::fixUTF8(result.reason)},
                      {"ops", texts(result.ops)},
                      {"unsupported_ops", texts(result.missing)},
                      {"compiled", result.compiled},
                      {"specialised", texts(result.specialised)},
                      {"data_sets", static_cast<int64_t>(result.sets)},
                      {"errors_expected", static_cast<int64_t>(result.errorsExpected)},
                      {"errors_told", static_cast<int64_t>(result.errorsTold)},
                      {"seconds", result.seconds}};
}

std::optional<CaseResult> caseResultFromJson(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return std::nullopt;
  CaseResult result;
  llvm::StringRef status = object->getString("status").value_or("");
  const auto *found = llvm::find(kNames, status);
  if (found == std::end(kNames))
    return std::nullopt;
  result.status = static_cast<CaseStatus>(found - std::begin(kNames));
  result.name = object->getString("name").value_or("").str();
  result.reason = object->getString("reason").value_or("").str();
  auto read = [&](llvm::StringRef key, std::vector<std::string> &list) {
    if (const json::Array *array = object->getArray(key))
      for (const json::Value &item : *array)
        list.push_back(item.getAsString().value_or("").str());
  };
  read("ops", result.ops);
  read("unsupported_ops", result.missing);
  read("specialised", result.specialised);
  result.compiled = object->getBoolean("compiled").value_or(false);
  result.sets = object->getInteger("data_sets").value_or(0);
  result.errorsExpected = object->getInteger("errors_expected").value_or(0);
  result.errorsTold = object->getInteger("errors_told").value_or(0);
  result.seconds = object->getNumber("seconds").value_or(0);
  return result;
}

void Summary::add(const CaseResult &result) {
  size_t *counts[] = {&passed, &failed, &unsupported, &notComparable};
  ++*counts[static_cast<size_t>(result.status)];
  specialised += result.status == CaseStatus::Passed && !result.specialised.empty();
  errorsExpected += result.errorsExpected;
  errorsTold += result.errorsTold;
}

std::map<std::string, OperatorSummary> summariseOperators(llvm::ArrayRef<CaseResult> results) {
  std::map<std::string, OperatorSummary> operators;
  for (const CaseResult &result : results)
    for (const std::string &op : result.ops) {
      operators[op].cases.add(result);
      operators[op].compiled += result.compiled;
    }
  return operators;
}

static json::Object counts(const Summary &summary) {
  return json::Object{{"passed", static_cast<int64_t>(summary.passed)},
                      {"failed", static_cast<int64_t>(summary.failed)},
                      {"unsupported", static_cast<int64_t>(summary.unsupported)},
                      {"not_comparable", static_cast<int64_t>(summary.notComparable)}};
}

json::Value toJson(const Summary &summary, llvm::ArrayRef<CaseResult> results) {
  json::Array cases;
  for (const CaseResult &result : results)
    cases.push_back(toJson(result));
  json::Object operators;
  for (const auto &[name, summed] : summariseOperators(results)) {
    json::Object row = counts(summed.cases);
    row["compiled"] = static_cast<int64_t>(summed.compiled);
    operators[json::fixUTF8(name)] = std::move(row);
  }
  json::Object all = counts(summary);
  all["specialised"] = static_cast<int64_t>(summary.specialised);
  all["errors_expected"] = static_cast<int64_t>(summary.errorsExpected);
  all["errors_told"] = static_cast<int64_t>(summary.errorsTold);
  return json::Object{{"summary", std::move(all)}, {"operators", std::move(operators)}, {"cases", std::move(cases)}};
}

} // namespace ingot::conformance
