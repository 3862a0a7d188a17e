#include "runtime/core/message.h"

namespace ingot::rt {

Message &Message::operator<<(char c) {
  if (length_ + 1 < capacity_) {
    text_[length_++] = c;
    text_[length_] = '\0';
  }
  return *this;
}

Message &Message::operator<<(const char *text) {
  while (*text != '\0')
    *this << *text++;
  return *this;
}

Message &Message::operator<<(Quoted quoted) {
  constexpr int longest = 120;
  *this << '\'';
  const char *c = quoted.text ? quoted.text : "";
  int shown = 0;
  for (; *c != '\0' && shown < longest; ++c, ++shown)
    *this << (static_cast<unsigned char>(*c) < 0x20 || *c == 0x7f ? '?' : *c);
  if (*c != '\0')
    *this << "...";
  return *this << '\'';
}

Message &Message::operator<<(uint64_t value) {
  char digits[21];
  int first = 20;
  digits[20] = '\0';
  do {
    digits[--first] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return *this << static_cast<const char *>(digits + first);
}

Message &Message::operator<<(int64_t value) {
  if (value >= 0)
    return *this << static_cast<uint64_t>(value);
  return *this << '-' << (0 - static_cast<uint64_t>(value));
}

Message &Message::operator<<(Hex hex) {
  *this << "0x";
  int shift = 60;
  while (shift > 0 && (hex.value >> shift) == 0)
    shift -= 4;
  for (; shift >= 0; shift -= 4)
    *this << "0123456789abcdef"[(hex.value >> shift) & 15];
  return *this;
}

} // namespace ingot::rt
