/* The numbers of system calls that aarch64, riscv64 and loongarch64 share: the kernel's asm-generic/unistd.h. */
#ifndef HARDWIRE_GENERIC_H
#define HARDWIRE_GENERIC_H

#define NR_FACCESSAT 48
#define NR_OPENAT 56
#define NR_CLOSE 57
#define NR_LSEEK 62
#define NR_READ 63
#define NR_WRITE 64
#define NR_EXIT_GROUP 94
#define NR_PRCTL 167
#define NR_MUNMAP 215
#define NR_EXECVE 221
#define NR_MMAP 222
#define NR_MPROTECT 226
#define NR_PRLIMIT64 261
#define NR_SECCOMP 277
#define NR_GETRANDOM 278
#define NR_MEMFD_CREATE 279
#define NR_EXECVEAT 281
#define NR_STATX 291

#endif
