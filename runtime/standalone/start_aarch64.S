// The entry point of compiled executables: what crt1.o does, for glibc 2.34 and later (constructors run by the C library).
  .text
  .globl _start
  .hidden _start
  .type _start, %function
_start:
  mov x29, #0                   // the outermost frame
  mov x30, #0
  mov x5, x0                    // rtld_fini
  ldr x1, [sp]                  // argc
  add x2, sp, #8                // argv
  mov x6, sp                    // stack_end
  adrp x0, main
  add x0, x0, :lo12:main
  mov x3, #0                    // init
  mov x4, #0                    // fini
  bl __libc_start_main
  brk #0x3e8
  .size _start, . - _start
  .section .note.GNU-stack, "", %progbits
