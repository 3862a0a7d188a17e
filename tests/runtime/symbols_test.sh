#!/bin/sh
# symbols_test.sh NM LIBRARY LIST: what the shared library needs is on the list, and what it exports is named ingot_*.
nm=$1 library=$2 list=$3
status=0
for symbol in $("$nm" -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }'); do
  grep -qx "$symbol" "$list" || { echo "$library needs $symbol, which is not in $list"; status=1; }
done
exported=$("$nm" -D --defined-only "$library" | awk '{ print $NF }')
for symbol in $exported; do
  case $symbol in ingot_*) ;; *) echo "$library exports $symbol"; status=1 ;; esac
done
case $exported in *ingot_run*) ;; *) echo "$library does not export ingot_run"; status=1 ;; esac
exit $status
