package dev.hardwire.elf;

/** Why Hardwire does not touch a file, each with what its user can do about it. */
public enum Refusal {
  NOT_ELF("give an ELF executable; for a script, patch its interpreter"),
  BAD_HEADER("the file is corrupt or not made for Linux"),
  NOT_EXECUTABLE_TYPE("give a linked executable, not an object file or a core dump"),
  UNKNOWN_ARCHITECTURE(
      "this build has stubs for the architectures that docs/architecture.md lists"),
  TRUNCATED("the file is incomplete; fetch or build it again"),
  SEGMENT_PAST_END("the file is incomplete; fetch or build it again"),
  NO_LOAD_SEGMENT("give an executable that the kernel can load"),
  LOADS_NOT_SORTED("link the file again with a linker that keeps the gABI's ascending order"),
  OTHER_SYSTEM("only programs for Linux can be confined"),
  UNKNOWN_INTERPRETER("if you trust that file, accept it with --interpreter FILE"),
  RUNS_BEFORE_HOOK("use --hook post-init, or link the program without such functions"),
  BAD_SEGMENT("the program header table is corrupt; the kernel would not load it as written"),
  EXTENDED_NUMBERING("files with so many headers are not supported"),
  BAD_SECTIONS("the section header table is corrupt; strip --strip-section-headers removes it"),
  BAD_DYNAMIC("the dynamic section is corrupt; the dynamic linker would not load it as written"),
  BAD_RELOCATIONS(
      "the relocation table is corrupt; the dynamic linker would not load it as written"),
  SHARED_LIBRARY(
      "patch the executables that load it, or ask for the library with --shared-library"),
  DEBUG_ONLY("this holds only debugging information; patch the executable that it belongs to"),
  PACKED("unpack it first (upx -d) and patch the result"),
  INIT_SYMBOLIC,
  INIT_UNRELOCATED,
  INIT_UNMAPPED,
  NO_INIT_ARRAY,
  INIT_NOT_RUN,
  RUNS_BEFORE_INIT,
  PRIVILEGED("patch the installed file itself; a temporary copy would run without its rights"),
  OTHER_MACHINE("run it on such a machine; emulators of processors alone have no seccomp"),
  NOT_DYNAMIC("use --mode stub"),
  LIBRARY_NAME("use --mode stub, or a library of another name"),
  ALREADY_PATCHED("use --replace to exchange its policy, --stack to add one, or restore it first"),
  NOT_PATCHED("patch it first"),
  DAMAGED_PATCH("patch the original again"),
  DAMAGED_SIGNATURE("get the file again from whoever signed it"),
  TOO_LARGE("report the file's layout (readelf -lS) to the maintainers"),
  NO_ROOM("report the file's layout (readelf -lS) to the maintainers");

  private final String advice;
  private final boolean allowsEntryHook;

  /** A refusal that is about the init array alone. */
  Refusal() {
    this.advice = "use --hook entry";
    this.allowsEntryHook = true;
  }

  Refusal(String advice) {
    this.advice = advice;
    this.allowsEntryHook = false;
  }

  /** What to do, as a clause that starts in lower case and has no final dot. */
  public String advice() {
    return advice;
  }

  /** Whether the entry hook may be possible nevertheless. */
  public boolean allowsEntryHook() {
    return allowsEntryHook;
  }

  /** The name as reports print it, such as {@code not-elf}. */
  public String id() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
