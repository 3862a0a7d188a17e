// Where an executable begins: the kernel's stack and what x0 holds go to the guard, and on to where it says.
  .section .text.first, "ax", @progbits
  .globl ingot_guard_entry
  .hidden ingot_guard_entry
ingot_guard_entry:
  mov x29, #0
  mov x30, #0
  mov x19, x0                   // 0 from the kernel, else the dynamic linker's last act
  mov x2, x0
  mov x0, sp
  adr x1, ingot_guard_entry
  bl ingot_guard_main
  mov x16, x0
  mov x0, x19
  mov x19, #0
  br x16
  .section .note.GNU-stack, "", @progbits
