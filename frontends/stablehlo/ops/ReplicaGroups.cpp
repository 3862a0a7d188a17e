#include "frontends/stablehlo/ops/ReplicaGroups.h"

#include "frontends/stablehlo/Importer.h"

#include <numeric>

using namespace mlir;

namespace ingot::stablehlo {
namespace {

constexpr int64_t kMostDevices = 1 << 20;

struct Mesh {
  struct Axis {
    StringRef name;
    int64_t size;
  };
  SmallVector<Axis> axes;
  SmallVector<int64_t> devices; // by coordinates, row-major
};

// A dictionary of the attributes that a mesh is written with: "axes" of "name" and "size", and perhaps "device_ids".
std::optional<Mesh> meshOf(OpContext &c, const Attribute &attribute) {
  Mesh mesh;
  int64_t count = 1;
  const Attribute *axes = findAttribute(attribute.entries, "axes");
  for (const Attribute &axis : axes ? ArrayRef(axes->items) : ArrayRef<Attribute>()) {
    const Attribute *name = findAttribute(axis.entries, "name"), *size = findAttribute(axis.entries, "size");
    if (!name || !size || size->kind != Attribute::Integer || size->integer < 1 || size->integer > kMostDevices / count) {
      (void)c.error("has a mesh with an axis without a name, or of a size that is none or makes more than " +
                    Twine(kMostDevices) + " devices");
      return std::nullopt;
    }
    mesh.axes.push_back({name->text, size->integer});
    count *= size->integer;
  }
  const Attribute *devices = findAttribute(attribute.entries, "device_ids");
  if (devices && devices->kind != Attribute::Unit && !addIntegers(*devices, mesh.devices)) {
    (void)c.error("has a mesh whose device_ids are no integers");
    return std::nullopt;
  }
  if (mesh.devices.empty()) {
    mesh.devices.resize(count);
    std::iota(mesh.devices.begin(), mesh.devices.end(), 0);
  }
  if (static_cast<int64_t>(mesh.devices.size()) != count) {
    (void)c.error("has a mesh of " + Twine(count) + " places for " + Twine(mesh.devices.size()) + " device_ids");
    return std::nullopt;
  }
  return mesh;
}

// The mesh itself, or what an op or function of that name has as its attribute "mesh" or "stablehlo.mesh".
std::optional<Mesh> findMesh(OpContext &c, const Attribute &attribute) {
  if (attribute.kind == Attribute::Dictionary)
    return meshOf(c, attribute);
  bool isDeclared = false;
  const Module &module = c.importer.source();
  auto meshIn = [&](ArrayRef<NamedAttribute> attributes) -> const Attribute * {
    isDeclared = true;
    for (StringRef key : {"mesh", "stablehlo.mesh"})
      if (const Attribute *found = findAttribute(attributes, key); found && found->kind == Attribute::Dictionary)
        return found;
    return nullptr;
  };
  for (const Op &op : module.ops)
    if (const Attribute *name = op.find("sym_name"); name && name->text == attribute.text)
      if (const Attribute *mesh = meshIn(op.attributes))
        return meshOf(c, *mesh);
  for (const Function &function : module.functions)
    if (function.name == attribute.text)
      if (const Attribute *mesh = meshIn(function.attributes))
        return meshOf(c, *mesh);
  (void)c.error("replica_groups: mesh symbol '" + attribute.text + "' " +
                (isDeclared ? "has no mesh of StableHLO's" : "not found"));
  return std::nullopt;
}

// A part of an axis: the coordinate along it divided by `stride`, modulo `size`.
struct Factor {
  size_t axis;
  int64_t size, stride;
};

// A reference to an axis, or to what is left of it where `before` of its parts and what follows those taken are cut off.
struct Reference {
  size_t axis;
  int64_t before, size;
};

std::optional<SmallVector<Reference>> referencesOf(OpContext &c, const Mesh &mesh, const Attribute *axes) {
  SmallVector<Reference> references;
  for (const Attribute &reference : axes ? ArrayRef(axes->items) : ArrayRef<Attribute>()) {
    const Attribute *name = findAttribute(reference.entries, "name"),
                    *part = findAttribute(reference.entries, "sub_axis_info");
    const auto *axis = llvm::find_if(mesh.axes, [&](const Mesh::Axis &one) { return name && one.name == name->text; });
    if (axis == mesh.axes.end()) {
      (void)c.error("replica_groups: the mesh has no axis '" + (name ? name->text : std::string()) + "'");
      return std::nullopt;
    }
    Reference made{static_cast<size_t>(axis - mesh.axes.begin()), 1, axis->size};
    if (part && part->kind == Attribute::Dictionary) {
      const Attribute *before = findAttribute(part->entries, "pre_size"), *size = findAttribute(part->entries, "size");
      if (before && size)
        made.before = before->integer, made.size = size->integer;
      const bool fits = made.before >= 1 && made.size >= 1 && made.before <= axis->size &&
                        made.size <= axis->size / made.before && axis->size % (made.before * made.size) == 0;
      if (!fits) {
        (void)c.error("replica_groups: (" + Twine(made.before) + ")" + Twine(made.size) + " is no part of axis '" +
                      axis->name + "' of " + Twine(axis->size));
        return std::nullopt;
      }
    }
    for (const Reference &other : references)
      if (other.axis == made.axis && made.before < other.before * other.size && other.before < made.before * made.size) {
        (void)c.error("replica_groups: names axis '" + axis->name + "' or a part of it twice");
        return std::nullopt;
      }
    references.push_back(made);
  }
  return references;
}

// Ids of devices, a row for each place along what no reference takes, in the mesh's order; within it in that of the references.
std::optional<SmallVector<SmallVector<int64_t>>> groupsOf(OpContext &c, const Mesh &mesh, ArrayRef<Reference> references) {
  SmallVector<int64_t> strides(mesh.axes.size(), 1);
  for (size_t i = mesh.axes.size(); i-- > 1;)
    strides[i - 1] = strides[i] * mesh.axes[i].size;
  SmallVector<Factor> rows, columns;
  for (const Reference &reference : references)
    columns.push_back(
        {reference.axis, reference.size, mesh.axes[reference.axis].size / (reference.before * reference.size)});
  for (auto [index, axis] : llvm::enumerate(mesh.axes)) {
    // What lies before, between and behind the parts that are taken.
    SmallVector<Reference> taken;
    for (const Reference &reference : references)
      if (reference.axis == index)
        taken.push_back(reference);
    llvm::sort(taken, [](const Reference &a, const Reference &b) { return a.before < b.before; });
    taken.push_back({index, axis.size, 1});
    int64_t done = 1;
    for (const Reference &next : taken) {
      if (next.before % done != 0) {
        (void)c.error("replica_groups: the parts of axis '" + axis.name + "' do not divide it");
        return std::nullopt;
      }
      rows.push_back({index, next.before / done, axis.size / next.before});
      done = next.before * next.size;
    }
  }
  // The place of the device with number `at` among those that the factors tell apart.
  auto countOf = [](ArrayRef<Factor> factors) {
    int64_t count = 1;
    for (const Factor &factor : factors)
      count *= factor.size;
    return count;
  };
  auto placeOf = [&](ArrayRef<Factor> factors, int64_t at) {
    int64_t place = 0;
    for (const Factor &factor : factors) {
      const int64_t coordinate = at / strides[factor.axis] % mesh.axes[factor.axis].size;
      place = place * factor.size + coordinate / factor.stride % factor.size;
    }
    return place;
  };
  SmallVector<SmallVector<int64_t>> groups(countOf(rows), SmallVector<int64_t>(countOf(columns)));
  for (auto [at, device] : llvm::enumerate(mesh.devices))
    groups[placeOf(rows, at)][placeOf(columns, at)] = device;
  return groups;
}

DenseIntElementsAttr rowsOfMesh(OpContext &c, const Attribute &attribute) {
  const Attribute *which = findAttribute(attribute.entries, "mesh");
  if (!which || (which->kind != Attribute::Dictionary && which->kind != Attribute::Symbol)) {
    (void)c.error("replica_groups: needs a mesh, or the name of one");
    return {};
  }
  std::optional<Mesh> mesh = findMesh(c, *which);
  if (!mesh)
    return {};
  std::optional<SmallVector<Reference>> references = referencesOf(c, *mesh, findAttribute(attribute.entries, "axes"));
  if (!references)
    return {};
  std::optional<SmallVector<SmallVector<int64_t>>> groups = groupsOf(c, *mesh, *references);
  if (!groups)
    return {};
  SmallVector<int64_t> ids;
  for (ArrayRef<int64_t> group : *groups)
    llvm::append_range(ids, group);
  const int64_t rows = groups->size();
  return DenseIntElementsAttr::get(RankedTensorType::get({rows, static_cast<int64_t>(ids.size()) / rows}, c.b.getI64Type()),
                                   ArrayRef(ids));
}

} // namespace

DenseIntElementsAttr rowsOf(OpContext &c, StringRef name) {
  const Attribute *rows = c.attribute(name);
  if (rows && rows->kind == Attribute::Dictionary && rows->text == "replica_group_mesh_axes")
    return rowsOfMesh(c, *rows);
  if (!rows || rows->kind != Attribute::Integers || !rows->type) {
    (void)c.error("needs the attribute '" + name + "', rows of ids");
    return {};
  }
  SmallVector<int64_t> dims(rows->type->dims.begin(), rows->type->dims.end());
  if (dims.size() != 2)
    dims = {0, 0};
  auto type = RankedTensorType::get(dims, c.b.getI64Type());
  if (type.getNumElements() != static_cast<int64_t>(rows->integers.size())) {
    (void)c.error("'" + name + "' is " + spellType(rows->type) + ", no table of ids");
    return {};
  }
  return DenseIntElementsAttr::get(type, ArrayRef(rows->integers));
}

} // namespace ingot::stablehlo
