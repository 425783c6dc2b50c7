/* System calls and constants of ppc64le, for the C code. */
#ifndef HARDWIRE_SYSTEM_H
#define HARDWIRE_SYSTEM_H

#define MACHINE 21 /* EM_PPC64 */
#define NR_READ 3
#define NR_WRITE 4
#define NR_CLOSE 6
#define NR_EXECVE 11
#define NR_LSEEK 19
#define NR_MMAP 90
#define NR_MUNMAP 91
#define NR_SOCKETCALL 102
#define NR_IPC 117
#define NR_MPROTECT 125
#define NR_PRCTL 171
#define NR_EXIT_GROUP 234
#define NR_OPENAT 286
#define NR_FACCESSAT 298
#define NR_PRLIMIT64 325
#define NR_SECCOMP 358
#define NR_GETRANDOM 359
#define NR_MEMFD_CREATE 360
#define NR_EXECVEAT 362
#define NR_STATX 383
#define AUDIT_ARCHITECTURE 0xc0000015u

/* The kernel signals an error by summary overflow in cr0. */
static inline long system_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r0 __asm__("r0") = number;
  register long r3 __asm__("r3") = a;
  register long r4 __asm__("r4") = b;
  register long r5 __asm__("r5") = c;
  register long r6 __asm__("r6") = d;
  register long r7 __asm__("r7") = e;
  register long r8 __asm__("r8") = f;
  __asm__ volatile("sc\n\t"
                   "bns+ 1f\n\t"
                   "neg 3, 3\n"
                   "1:"
                   : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
                   :
                   : "memory", "cr0", "r9", "r10", "r11", "r12", "ctr", "xer");
  return r3;
}

#endif
