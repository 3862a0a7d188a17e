#include "runtime/hostio/Nearest.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

using ingot::hostio::Nearest;

namespace {

// Of four names, or "".
std::string nearestTo(const std::string &typed) {
  Nearest nearest(typed.data(), typed.size());
  for (const char *name : {"input", "top", "threads", "image"})
    nearest.offer(name);
  return nearest.best ? nearest.best : "";
}

TEST(NearestTest, FindsWhatWasMeant) {
  EXPECT_EQ(nearestTo("imput"), "input");
  EXPECT_EQ(nearestTo("inptu"), "input"); // two letters in each other's place
  EXPECT_EQ(nearestTo("tpo"), "top");
  EXPECT_EQ(nearestTo("input"), "input");
  EXPECT_EQ(nearestTo("thraeds"), "threads");
  EXPECT_EQ(nearestTo("trhaeds"), "threads");
  EXPECT_EQ(nearestTo("tops"), "top");
  EXPECT_EQ(nearestTo("imgae"), "image");
  EXPECT_EQ(nearestTo("thre"), "threads"); // its beginning
}

TEST(NearestTest, FindsNothingFar) {
  EXPECT_EQ(nearestTo(""), "");
  EXPECT_EQ(nearestTo("x"), "");
  EXPECT_EQ(nearestTo("picture"), "");
  EXPECT_EQ(nearestTo("nope"), "");
  EXPECT_EQ(nearestTo("frobnicate"), "");
  EXPECT_EQ(nearestTo(std::string(100, 'a')), ""); // longer than any name it compares
  Nearest nearest("image", 5);
  nearest.offer(std::string(100, 'i').c_str());
  EXPECT_EQ(nearest.best, nullptr);
}

TEST(NearestTest, TakesTheFirstOfTheNearest) {
  Nearest nearest("input_x", 7);
  for (const char *name : {"input_abc", "input_a", "input_b"})
    nearest.offer(name);
  EXPECT_STREQ(nearest.best, "input_a");
}

} // namespace
