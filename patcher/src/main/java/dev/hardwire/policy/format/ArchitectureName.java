package dev.hardwire.policy.format;

import java.util.Set;

/**
 * What the formats call an architecture.
 *
 * @param id the kernel's name, such as {@code x86_64}; minijail has it too
 * @param libseccomp such as {@code SCMP_ARCH_X86_64}, in OCI profiles
 * @param go such as {@code amd64}, in the conditions of Docker's and Podman's profiles
 * @param systemd such as {@code x86-64}
 */
public record ArchitectureName(String id, String libseccomp, String go, String systemd) {
  /** Names of Docker, Podman and Go. */
  static final Set<String> RUNTIMES =
      Set.of(
          "386",
          "amd64",
          "amd64p32",
          "arm",
          "arm64",
          "loong64",
          "loongarch64",
          "mips",
          "mips3l64n32",
          "mips64",
          "mips64le",
          "mips64n32",
          "mips64p32",
          "mips64p32le",
          "mipsel",
          "mipsel64",
          "mipsel64n32",
          "mipsle",
          "parisc",
          "parisc64",
          "ppc",
          "ppc64",
          "ppc64le",
          "riscv64",
          "s390",
          "s390x",
          "x32",
          "x86");

  /** Names of the kernel and of systemd that are not among those. */
  private static final Set<String> OTHERS =
      Set.of("aarch64", "i386", "i686", "ppc64-le", "riscv32", "x86-64", "x86_64");

  /** Whether anything calls an architecture so; one that is misspelt is not left out unseen. */
  static boolean isKnown(String name) {
    return RUNTIMES.contains(name) || OTHERS.contains(name);
  }

  @Override
  public String toString() {
    return id;
  }
}
