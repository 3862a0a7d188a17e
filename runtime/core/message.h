// Messages composed into an ingot_error without a library; text that comes from a file is made printable on the way.
#ifndef INGOT_RUNTIME_CORE_MESSAGE_H
#define INGOT_RUNTIME_CORE_MESSAGE_H

#include <ingot/artifact.h>

namespace ingot::rt {

/// A value to be printed in 0x notation.
struct Hex {
  uint64_t value;
};

/// Text of a file or caller, printed in quotes with control characters replaced.
struct Quoted {
  const char *text;
};

/// Appends to a fixed buffer; what does not fit is cut off.
class Message {
public:
  Message(char *text, size_t capacity) : text_(text), capacity_(capacity) {
    if (capacity_ != 0)
      text_[0] = '\0';
  }

  Message &operator<<(const char *text);
  Message &operator<<(char c);
  Message &operator<<(Quoted quoted);
  Message &operator<<(Hex hex);
  Message &operator<<(int64_t value);
  Message &operator<<(uint64_t value);
  Message &operator<<(int32_t value) { return *this << static_cast<int64_t>(value); }
  Message &operator<<(uint32_t value) { return *this << static_cast<uint64_t>(value); }

  size_t length() const { return length_; }

private:
  char *text_;
  size_t capacity_;
  size_t length_ = 0;
};

/// A refusal under way: `return Failure(error, INGOT_INVALID) << "input " << Quoted{name} << " is missing";`
/// `error` may be null; then the text goes nowhere.
class Failure : public Message {
public:
  Failure(ingot_error *error, ingot_code code)
      : Message(error ? error->message : nullptr, error ? sizeof error->message : 0), code_(code) {
    if (error)
      error->code = code;
  }

  template <class T> Failure &operator<<(T value) {
    Message::operator<<(value);
    return *this;
  }
  operator ingot_code() const { return code_; }

private:
  ingot_code code_;
};

/// Mark *error (may be null) as a success.
inline ingot_code succeed(ingot_error *error) {
  if (error) {
    error->code = INGOT_OK;
    error->message[0] = '\0';
  }
  return INGOT_OK;
}

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_MESSAGE_H
