// The entry point of compiled executables: what crt1.o does, for glibc 2.34 and later (constructors run by the C library).
  .text
  .globl _start
  .hidden _start
  .type _start, @function
_start:
  xorl %ebp, %ebp               // the outermost frame
  movq %rdx, %r9                // rtld_fini
  popq %rsi                     // argc
  movq %rsp, %rdx               // argv
  andq $-16, %rsp
  pushq %rax
  pushq %rsp                    // stack_end
  xorl %r8d, %r8d               // fini
  xorl %ecx, %ecx               // init
  leaq main(%rip), %rdi
  call *__libc_start_main@GOTPCREL(%rip)
  hlt
  .size _start, . - _start
  .section .note.GNU-stack, "", @progbits
