package dev.hardwire.os;

/**
 * The system calls that are made, with their numbers. All take file offsets and identities of their
 * full size, or are marked.
 */
public enum SystemCall {
  // x86_64, i386, arm; aarch64, riscv64 and loongarch64; ppc64le, s390x
  BIND(49, 361, 282, 200, 327, 361),
  /** On s390x the first two arguments are the other way round. */
  CLONE(56, 120, 120, 220, 120, 120),
  CLOSE(3, 6, 6, 57, 6, 6),
  CLOSE_RANGE(436, 436, 436, 436, 436, 436),
  COPY_FILE_RANGE(326, 377, 391, 285, 379, 375),
  EXECVEAT(322, 358, 387, 281, 362, 354),
  EXIT_GROUP(231, 252, 248, 94, 234, 248),
  FCHMOD(91, 94, 94, 52, 94, 94),
  FCHOWNAT(260, 298, 325, 54, 289, 291),
  FCNTL(72, 55, 55, 25, 55, 55),
  FGETXATTR(193, 231, 231, 10, 214, 229),
  FLISTXATTR(196, 234, 234, 13, 217, 232),
  FLOCK(73, 143, 143, 32, 143, 143),
  FREMOVEXATTR(199, 237, 237, 16, 220, 235),
  FSETXATTR(190, 228, 228, 7, 211, 226),
  /** With 32 bits it is {@code fstatfs64}, which takes the size of the memory, too. */
  FSTATFS(138, 269, 267, 44, 100, 100),
  FSYNC(74, 118, 118, 82, 118, 118),
  /** With 32 bits the offset is in two registers; there the name is {@code ftruncate64}. */
  FTRUNCATE(77, 194, 194, 46, 93, 93),
  IOCTL(16, 54, 54, 29, 54, 54),
  KILL(62, 37, 37, 129, 37, 37),
  LINKAT(265, 303, 330, 37, 294, 296),
  /** With 32 bits it is {@code _llseek}, which takes other arguments. */
  LSEEK(8, 140, 140, 62, 19, 19),
  MEMFD_CREATE(319, 356, 385, 279, 360, 350),
  MKDIRAT(258, 296, 323, 34, 287, 289),
  OPENAT(257, 295, 322, 56, 286, 288),
  /** Linux 5.6 and newer. */
  OPENAT2(437, 437, 437, 437, 437, 437),
  PIPE2(293, 331, 359, 59, 317, 325),
  PRCTL(157, 172, 172, 167, 171, 172),
  /** With 32 bits the offset is in two registers. */
  PREAD64(17, 180, 180, 67, 179, 180),
  PRLIMIT64(302, 340, 369, 261, 325, 334),
  PTRACE(101, 26, 26, 117, 26, 26),
  /** With 32 bits the offset is in two registers. */
  PWRITE64(18, 181, 181, 68, 180, 181),
  READ(0, 3, 3, 63, 3, 3),
  READLINKAT(267, 305, 332, 78, 296, 298),
  RECVFROM(45, 371, 292, 207, 337, 371),
  RENAMEAT2(316, 353, 382, 276, 357, 347),
  RT_SIGACTION(13, 174, 174, 134, 173, 174),
  RT_SIGPROCMASK(14, 175, 175, 135, 174, 175),
  SETSOCKOPT(54, 366, 294, 208, 339, 366),
  SOCKET(41, 359, 281, 198, 326, 359),
  STATX(332, 383, 397, 291, 383, 379),
  /**
   * Arm and ppc64le have {@code sync_file_range2}, whose second argument is the last one elsewhere.
   * With 32 bits each offset is in two registers.
   */
  SYNC_FILE_RANGE(277, 314, 341, 84, 308, 307),
  UNLINKAT(263, 301, 328, 35, 292, 294),
  UTIMENSAT(280, 320, 348, 88, 304, 315),
  WAIT4(61, 114, 114, 260, 114, 114),
  WRITE(1, 4, 4, 64, 4, 4);

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final int[] numbers;

  SystemCall(int x86, int i386, int arm, int generic, int ppc, int s390) {
    this.numbers = new int[] {x86, i386, arm, generic, ppc, s390};
  }

  /** Whether a call that a signal has interrupted is made again; a closed file stays closed. */
  boolean isRepeated() {
    return this != CLOSE && this != WAIT4 && this != RECVFROM && this != READ;
  }

  int number(HostAbi host) {
    return numbers[host.column()];
  }
}
