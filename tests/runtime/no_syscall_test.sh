#!/bin/sh
# no_syscall_test.sh PROGRAM LIBRARY: between the program's two getppid() calls, 1,000 runs make no system call.
program=$1 library=$2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
if ! strace -o "$folder/probe" true 2>/dev/null; then
  echo "SKIP: tracing system calls is denied here"
  exit 77
fi
strace -f -o "$folder/trace" "$program" "$library" calls 1000 || exit 1
awk '/getppid\(/ { seen++; next } seen == 1 { print; extra++ } END { exit seen != 2 || extra > 0 }' "$folder/trace" || {
  echo "system calls between the two getppid(), or not two of them"
  exit 1
}
