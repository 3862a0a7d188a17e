#!/bin/sh
# freestanding_test.sh CLANG NM ROOT: core/ compiles for targets without a C library and needs four of its functions alone.
clang=$1 nm=$2 root=$3
if [ ! -x "$clang" ]; then
  echo "SKIP: no clang++-22 to compile for other targets"
  exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
status=0
for target in x86_64-none-elf aarch64-none-elf riscv64-none-elf wasm32; do
  for source in "$root"/runtime/core/*.cpp; do
    name=$(basename "$source" .cpp)
    "$clang" --target=$target -std=c++20 -ffreestanding -nostdlibinc -fno-exceptions -fno-rtti -fno-threadsafe-statics -O2 -Wall -Wextra -Werror \
      -I"$root" -I"$root/runtime/include" -c "$source" -o "$folder/$name.o" || { status=1; continue; }
    # A weak one may be absent.
    for symbol in $("$nm" --undefined-only "$folder/$name.o" | awk '$(NF - 1) != "w" { print $NF }'); do
      case $symbol in
        memcpy | memmove | memset | memcmp | _ZN*5ingot2rt* | _ZNK5ingot2rt* | __stack_pointer | __indirect_function_table) ;;
        *) echo "$target: $name needs $symbol"; status=1 ;;
      esac
      case $name:$symbol in embedded:_Z*) echo "$target: embedded needs $symbol"; status=1 ;; esac
    done
  done
done
exit $status
