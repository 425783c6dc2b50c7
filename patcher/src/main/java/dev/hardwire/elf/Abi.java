package dev.hardwire.elf;

/** What the psABIs put into the ELF header beside the architecture, and Hardwire refuses. */
final class Abi {
  private static final int EM_X86_64 = 62;
  private static final int EM_AARCH64 = 183;
  private static final int EM_S390 = 22;

  private Abi() {}

  /** Why there is no {@link Machine} for a file. */
  static String whyUnknown(FileHeader header) {
    boolean is32 = header.elfClass() == ElfClass.CLASS32;
    if (is32 && header.machine() == EM_X86_64) {
      return "the x32 ABI is not supported: filters for x86-64 kill its system calls, which have numbers of their own";
    }
    if (is32 && header.machine() == EM_AARCH64) {
      return "the ILP32 ABI of aarch64 is not supported: no released kernel runs it";
    }
    if (is32 && header.machine() == EM_S390) {
      return "31-bit programs are not supported: there is a stub for s390x only";
    }
    return "no stub for machine %d, %s, %s"
        .formatted(header.machine(), header.elfClass(), header.order());
  }
}
