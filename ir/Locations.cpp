// A composite's name is the metadata of a fused location around the one the op had; the list of parts, in which the same one
// may come twice, is that of the fused location of their union.
#include "ir/Locations.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot {

void collectNodeNames(Location location, llvm::SmallVectorImpl<std::string> &names) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    std::string text = name.getName().str();
    if (!llvm::is_contained(names, text))
      names.push_back(text);
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location inner : fused.getLocations())
      collectNodeNames(inner, names);
  }
}

llvm::SmallVector<std::string> nodeNames(Location location) {
  llvm::SmallVector<std::string> names;
  collectNodeNames(location, names);
  return names;
}

Location ofParts(MLIRContext *context, llvm::ArrayRef<Location> parts) {
  llvm::SmallVector<Attribute> list;
  for (Location part : parts)
    list.push_back(LocationAttr(part));
  return FusedLoc::get(parts, ArrayAttr::get(context, list), context);
}

llvm::SmallVector<Location> partsOf(Location location) {
  llvm::SmallVector<Location> parts;
  auto fused = dyn_cast<FusedLoc>(location);
  if (!fused)
    return parts;
  if (auto list = dyn_cast_or_null<ArrayAttr>(fused.getMetadata())) {
    for (Attribute part : list)
      if (auto one = dyn_cast<LocationAttr>(part))
        parts.push_back(one);
  } else if (llvm::StringRef name = outermostComposite(location); !name.empty()) {
    for (Location part : partsOf(fused.getLocations().front()))
      parts.push_back(inComposite(part, name));
  }
  return parts;
}

Location inComposite(Location location, llvm::StringRef composite) {
  MLIRContext *context = location.getContext();
  return FusedLoc::get({location}, StringAttr::get(context, composite), context);
}

llvm::StringRef outermostComposite(Location location) {
  auto fused = dyn_cast<FusedLoc>(location);
  auto name = fused ? dyn_cast_or_null<StringAttr>(fused.getMetadata()) : StringAttr();
  return name ? name.getValue() : "";
}

static void collectComposites(Location location, llvm::SmallVectorImpl<llvm::StringRef> &names) {
  auto fused = dyn_cast<FusedLoc>(location);
  if (!fused)
    return;
  if (llvm::StringRef name = outermostComposite(location); !name.empty() && !llvm::is_contained(names, name))
    names.push_back(name);
  for (Location inner : fused.getLocations())
    collectComposites(inner, names);
}

llvm::SmallVector<llvm::StringRef> compositeNames(Location location) {
  llvm::SmallVector<llvm::StringRef> names;
  collectComposites(location, names);
  return names;
}

} // namespace ingot
