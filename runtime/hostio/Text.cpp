#include "runtime/hostio/Text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace ingot::hostio {

Text::~Text() { free(data); }

bool Text::reserve(size_t more) {
  if (failed)
    return false;
  if (length + more + 1 <= capacity)
    return true;
  size_t wanted = capacity * 2 > length + more + 1 ? capacity * 2 : length + more + 256;
  char *grown = static_cast<char *>(realloc(data, wanted));
  if (!grown) {
    failed = true;
    return false;
  }
  data = grown;
  capacity = wanted;
  return true;
}

void Text::add(const char *text, size_t size) {
  if (!reserve(size))
    return;
  if (size != 0)
    memcpy(data + length, text, size);
  length += size;
  data[length] = '\0';
}

void Text::add(const char *text) { add(text, strlen(text)); }

void Text::format(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  va_list again;
  va_copy(again, arguments);
  char small[256];
  int size = vsnprintf(small, sizeof small, format, arguments);
  if (size >= 0 && size_t(size) < sizeof small)
    add(small, size_t(size));
  else if (size >= 0 && reserve(size_t(size))) {
    vsnprintf(data + length, size_t(size) + 1, format, again);
    length += size_t(size);
  }
  va_end(again);
  va_end(arguments);
}

// Bytes of the UTF-8 sequence that starts at `text`, or 0 where it is not one.
static int sequenceLength(const unsigned char *text) {
  int more = text[0] < 0x80                      ? 0
             : text[0] >= 0xc2 && text[0] < 0xe0 ? 1
             : (text[0] & 0xf0) == 0xe0          ? 2
             : text[0] >= 0xf0 && text[0] < 0xf5 ? 3
                                                 : -1;
  for (int i = 1; i <= more; ++i)
    if ((text[i] & 0xc0) != 0x80)
      return 0;
  bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
  bool outside = (text[0] == 0xed && text[1] >= 0xa0) || (text[0] == 0xf4 && text[1] >= 0x90);
  return more < 0 || (more > 0 && (overlong || outside)) ? 0 : more + 1;
}

void Text::addJson(const char *text) {
  add("\"", 1);
  for (const unsigned char *at = reinterpret_cast<const unsigned char *>(text); *at;) {
    if (*at == '"' || *at == '\\')
      format("\\%c", *at++);
    else if (*at < 0x20 || *at == 0x7f)
      format("\\u%04x", *at++);
    else if (int size = sequenceLength(at)) {
      add(reinterpret_cast<const char *>(at), size_t(size));
      at += size;
    } else {
      add("\xef\xbf\xbd", 3);
      ++at;
    }
  }
  add("\"", 1);
}

bool Text::flush(int file) {
  for (size_t i = 0; i < length; ++i)
    if (unsigned char byte = static_cast<unsigned char>(data[i]);
        (byte < ' ' && byte != '\n' && byte != '\t') || byte == 0x7f)
      data[i] = '?';
  size_t done = 0;
  while (done < length) {
    ssize_t n = write(file, data + done, length - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    done += size_t(n);
  }
  clear();
  return !failed;
}

} // namespace ingot::hostio
