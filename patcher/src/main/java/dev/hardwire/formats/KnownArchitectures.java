package dev.hardwire.formats;

import java.util.Set;

/** Names that the formats give to architectures, supported here or not. */
public final class KnownArchitectures {
  /** Names of Docker, Podman and Go. */
  public static final Set<String> RUNTIMES =
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

  private KnownArchitectures() {}

  /** Whether it is the name of an architecture. A misspelt one is an error, not another machine. */
  public static boolean isKnown(String name) {
    return RUNTIMES.contains(name) || OTHERS.contains(name);
  }
}
