/* System calls and constants of loongarch64, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#include "generic.h"

#define MACHINE 258 /* EM_LOONGARCH */
#define AUDIT_ARCHITECTURE 0xc0000102u

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long a7 __asm__("$a7") = number;
  register long a0 __asm__("$a0") = a;
  register long a1 __asm__("$a1") = b;
  register long a2 __asm__("$a2") = c;
  register long a3 __asm__("$a3") = d;
  register long a4 __asm__("$a4") = e;
  register long a5 __asm__("$a5") = f;
  __asm__ volatile("syscall 0"
                   : "+r"(a0)
                   : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                   : "memory", "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8");
  return a0;
}

#endif
