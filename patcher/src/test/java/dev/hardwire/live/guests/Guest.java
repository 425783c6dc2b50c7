package dev.hardwire.live.guests;

import java.util.List;

/** A machine of {@code fixtures/guests.sh}: a real kernel, and whose programs it runs. */
enum Guest {
  /** Debian's kernel, which has the AT_PHDR of 5.18. */
  LINUX_5_10("linux-5.10", "linux510", "5.10.", false, "amd64", "i386"),
  /** User-Mode Linux of the 5.10.46 sources. */
  UML_5_10("uml-5.10", "userModeLinux", "5.10.", true, "amd64"),
  /** The newest that Debian has, experimental included. */
  NEWEST("newest", "newest", "", false, "amd64", "i386"),
  /** A 64-bit kernel that runs programs of 32 bits too. */
  AARCH64("aarch64", "aarch64", "", false, "arm64", "armhf"),
  RISCV64("riscv64", "riscv64", "", false, "riscv64"),
  PPC64EL("ppc64el", "ppc64el", "", false, "ppc64el"),
  /** Its pages have 64 KiB. */
  PPC64EL_64K("ppc64el-64k", "ppc64el64k", "", false, "ppc64el"),
  /** The one of big-endian byte order. */
  S390X("s390x", "s390x", "", false, "s390x"),
  LOONG64("loong64", "loong64", "", false, "loong64");

  private final String id;
  private final String method;
  private final String release;
  private final boolean oldPhdrRule;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> architectures;

  /**
   * @param method of {@link GuestTest}
   * @param release what the kernel's release has to start with
   * @param oldPhdrRule whether the kernel computes AT_PHDR from e_phoff, as those before 5.18 did,
   *     if no later correction was taken back to them
   * @param architectures Debian's names of them
   */
  Guest(String id, String method, String release, boolean oldPhdrRule, String... architectures) {
    this.id = id;
    this.method = method;
    this.release = release;
    this.oldPhdrRule = oldPhdrRule;
    this.architectures = List.of(architectures);
  }

  /** Its name in {@code guests.sh}. */
  String id() {
    return id;
  }

  /** The test that boots it. */
  String test() {
    return "GuestTest." + method;
  }

  String release() {
    return release;
  }

  boolean hasOldPhdrRule() {
    return oldPhdrRule;
  }

  List<String> architectures() {
    return architectures;
  }

  /**
   * How many machines of the kind share many commands: each system call in User-Mode Linux waits
   * for the turn of another process, so that one machine does not use the processor that it could
   * have.
   */
  int machines() {
    return this == UML_5_10 ? 2 : 1;
  }

  /** Whether the segments of a program fit the kernel's pages. */
  boolean canRun(GuestProgram program) {
    return this != PPC64EL_64K || !program.name().equals("page4k-pie");
  }

  /** Whether the kernel has what a way needs: the launcher wants files in memory. */
  boolean has(Way way) {
    return this != UML_5_10 || way != Way.LAUNCHER;
  }

  @Override
  public String toString() {
    return id;
  }
}
