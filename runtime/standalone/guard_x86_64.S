// Where an executable begins: the kernel's stack and what rdx holds go to the guard, and on to where it says.
  .section .text.first, "ax", @progbits
  .globl ingot_guard_entry
  .hidden ingot_guard_entry
ingot_guard_entry:
  xorl %ebp, %ebp
  movq %rsp, %rdi
  leaq ingot_guard_entry(%rip), %rsi
  movq %rsp, %rbx
  movq %rdx, %r12               // 0 from the kernel, else the dynamic linker's last act
  andq $-16, %rsp
  call ingot_guard_main
  movq %rbx, %rsp
  movq %r12, %rdx
  xorl %ebx, %ebx
  xorl %r12d, %r12d
  jmp *%rax
  .section .note.GNU-stack, "", @progbits
