/* What library code needs to know of x86-64. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 62 /* EM_X86_64 */
#define NR_READ 0
#define NR_WRITE 1
#define NR_OPEN 2
#define NR_CLOSE 3
#define NR_PRCTL 157
#define NR_EXIT_GROUP 231
#define NR_SECCOMP 317
#define AUDIT_ARCHITECTURE 0xc000003eu
#define REFUSED_FROM 0x40000000u /* x32 calls, and the number -1 */

static inline long system_call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

static inline long system_call5(long number, long a, long b, long c, long d, long e) {
  register long fourth __asm__("r10") = d;
  register long fifth __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
                   : "rcx", "r11", "memory");
  return result;
}

#endif
