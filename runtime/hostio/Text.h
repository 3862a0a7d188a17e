// A growable piece of text for output, and JSON pieces in it.
#ifndef INGOT_RUNTIME_HOSTIO_TEXT_H
#define INGOT_RUNTIME_HOSTIO_TEXT_H

#include <stddef.h>

namespace ingot::hostio {

// When memory runs out the text stays as it is and complete() turns false.
class Text {
public:
  Text() = default;
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;
  ~Text();

  __attribute__((format(printf, 2, 3))) void format(const char *format, ...);
  void add(const char *text);
  void add(const char *text, size_t size);
  // A JSON string, quotes included; bytes that are not UTF-8 become U+FFFD.
  void addJson(const char *text);

  const char *chars() const { return data ? data : ""; }
  size_t size() const { return length; }
  bool complete() const { return !failed; }
  void clear() { length = 0; }
  // Writes everything to a file descriptor and clears. Control characters but newlines and tabs, which names may hold and terminals
  // obey, become '?'.
  bool flush(int file);

private:
  bool reserve(size_t more);
  char *data = nullptr;
  size_t length = 0, capacity = 0;
  bool failed = false;
};

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_TEXT_H
