/* System calls and constants of arm, EABI, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 40 /* EM_ARM */
#define NR_READ 3
#define NR_WRITE 4
#define NR_CLOSE 6
#define NR_EXECVE 11
#define NR_LSEEK 19
#define NR_MUNMAP 91
#define NR_MPROTECT 125
#define NR_PRCTL 172
#define NR_MMAP2 192
#define NR_EXIT_GROUP 248
#define NR_OPENAT 322
#define NR_FACCESSAT 334
#define NR_PRLIMIT64 369
#define NR_SECCOMP 383
#define NR_GETRANDOM 384
#define NR_MEMFD_CREATE 385
#define NR_EXECVEAT 387
#define NR_STATX 397
#define AUDIT_ARCHITECTURE 0x40000028u

static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  register long r5 __asm__("r5") = f;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory", "cc");
  return r0;
}

#endif
