#include "runtime/platform/processor.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/core/features.h"
#include "runtime/core/message.h"

namespace ingot::rt {
namespace {

constexpr size_t pathSize = 512;

/// Read a short text file; false if it is absent or empty.
bool readText(const char *path, char *text, size_t capacity) {
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return false;
  const ssize_t count = read(descriptor, text, capacity - 1);
  close(descriptor);
  text[count > 0 ? count : 0] = '\0';
  return count > 0;
}

/// Parse a decimal number and step over it; -1 if there is none.
int64_t number(const char *&text) {
  while (*text == ' ')
    ++text;
  if (*text < '0' || *text > '9')
    return -1;
  int64_t value = 0;
  for (; *text >= '0' && *text <= '9' && value < (INT64_MAX - 9) / 10; ++text)
    value = value * 10 + (*text - '0');
  return value;
}

/// Whole processors that `quota` of every `period` amounts to, at least 1; INT32_MAX without a limit.
int64_t processorsOf(int64_t quota, int64_t period) {
  if (quota <= 0 || period <= 0)
    return INT32_MAX;
  return (quota + period - 1) / period;
}

int64_t quotaOfGroup2(const char *folder) {
  char path[pathSize], text[64];
  Message(path, sizeof path) << folder << "/cpu.max";
  if (!readText(path, text, sizeof text))
    return INT32_MAX;
  const char *at = text;
  const int64_t quota = number(at); // "max 100000" has no number here
  return processorsOf(quota, number(at));
}

int64_t quotaOfGroup1(const char *folder) {
  char path[pathSize], text[64];
  const char *at = text;
  Message(path, sizeof path) << folder << "/cpu.cfs_quota_us";
  if (!readText(path, text, sizeof text))
    return INT32_MAX;
  const int64_t quota = number(at);
  Message(path, sizeof path) << folder << "/cpu.cfs_period_us";
  if (!readText(path, text, sizeof text))
    return INT32_MAX;
  at = text;
  return processorsOf(quota, number(at));
}

/// The least quota of `group` and the groups around it, beneath `mount`.
int64_t leastQuota(const char *mount, const char *group, size_t groupLength, int64_t (*quotaOf)(const char *)) {
  char folder[pathSize];
  const size_t mountLength = strlen(mount);
  if (mountLength + groupLength + 32 > pathSize)
    return INT32_MAX;
  memcpy(folder, mount, mountLength);
  memcpy(folder + mountLength, group, groupLength);
  int64_t least = INT32_MAX;
  for (size_t length = mountLength + groupLength;;) {
    folder[length] = '\0';
    const int64_t quota = quotaOf(folder);
    least = quota < least ? quota : least;
    if (length <= mountLength)
      return least;
    while (length > mountLength && folder[length - 1] != '/')
      --length;
    if (length > mountLength)
      --length; // the slash itself
  }
}

/// Whether the comma-separated `names` of `length` characters hold "cpu".
bool listsCpu(const char *names, size_t length) {
  for (size_t i = 0; i + 3 <= length; ++i)
    if (memcmp(names + i, "cpu", 3) == 0 && (i == 0 || names[i - 1] == ',') && (i + 3 == length || names[i + 3] == ','))
      return true;
  return false;
}

int64_t affinityProcessors() {
  // Room for 8192 processors; the system call says how many bytes of the mask it wrote.
  unsigned long mask[128];
  const long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int64_t count = 0;
  for (long i = 0; i < bytes / static_cast<long>(sizeof mask[0]); ++i)
    count += __builtin_popcountl(mask[i]);
  return count > 0 ? count : 1;
}

} // namespace

// Lines of /proc/self/cgroup read "ID:CONTROLLERS:PATH"; version 2 is "0::PATH".
int64_t quotaProcessors(const char *groups, const char *mount) {
  char text[4096], mount1[pathSize];
  Message(mount1, sizeof mount1) << mount << "/cpu";
  if (!readText(groups, text, sizeof text))
    return INT32_MAX;
  int64_t least = INT32_MAX;
  for (const char *line = text; *line != '\0';) {
    const char *end = strchr(line, '\n');
    end = end ? end : line + strlen(line);
    const char *names = static_cast<const char *>(memchr(line, ':', static_cast<size_t>(end - line)));
    const char *group =
        names ? static_cast<const char *>(memchr(names + 1, ':', static_cast<size_t>(end - names - 1))) : nullptr;
    if (group) {
      ++names;
      const size_t namesLength = static_cast<size_t>(group - names), length = static_cast<size_t>(end - group - 1);
      int64_t quota = INT32_MAX;
      if (namesLength == 0)
        quota = leastQuota(mount, group + 1, length, quotaOfGroup2);
      else if (listsCpu(names, namesLength))
        quota = leastQuota(mount1, group + 1, length, quotaOfGroup1);
      least = quota < least ? quota : least;
    }
    line = *end == '\0' ? end : end + 1;
  }
  return least;
}

int32_t usableProcessors() {
  const int64_t affinity = affinityProcessors(), quota = quotaProcessors("/proc/self/cgroup", "/sys/fs/cgroup");
  return static_cast<int32_t>(affinity < quota ? affinity : quota);
}

uint64_t processFeatures(uint64_t wanted) {
  uint64_t features = detectFeatures();
#if defined(__x86_64__)
  constexpr uint64_t amx = 1ull << INGOT_X86_AMX_TILE | 1ull << INGOT_X86_AMX_BF16 | 1ull << INGOT_X86_AMX_INT8;
  constexpr long requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  if ((wanted & amx) != 0) {
    const uint64_t offered = detectAmx();
    if (offered != 0 && syscall(SYS_arch_prctl, requestPermission, tileData) == 0)
      features |= offered;
  }
#else
  (void)wanted;
#endif
  return features;
}

uint64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

} // namespace ingot::rt
