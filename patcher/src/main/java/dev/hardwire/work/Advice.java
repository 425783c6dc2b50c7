package dev.hardwire.work;

import dev.hardwire.elf.Refusal;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.CheckFinding;

/**
 * What the user can do about a refusal, a warning or a failed check: the one place below the
 * commands that names their options.
 *
 * <p>Each is a clause that starts in lower case and has no final dot.
 */
public final class Advice {
  /** For a policy of which a foreign format's reader leaves out a part. */
  static final String CONVERT = "convert the policy by \"hardwire policy convert\"";

  /** For a library that was not found and must be checked. */
  static final String GIVE_LIBRARY = "--require-library requires the check: give --library";

  /** For a program that depends on the folder that it is in. */
  static final String READ_RUN_HELP = "see hardwire run --help";

  /** For a patch that depends on start code that is not known. */
  static final String PROVE_START =
      "patch with --hook entry and without a phase at main, or verify with --assume-start-code";

  private Advice() {}

  /** What to do about a refused file. */
  static String on(Refusal refusal) {
    return switch (refusal) {
      case NOT_ELF -> "give an ELF executable; for a script, patch its interpreter";
      case BAD_HEADER -> "the file is corrupt or not made for Linux";
      case NOT_EXECUTABLE_TYPE -> "give a linked executable, not an object file or a core dump";
      case UNKNOWN_ARCHITECTURE ->
          "this build has stubs for the architectures that docs/architecture.md lists";
      case TRUNCATED, SEGMENT_PAST_END -> "the file is incomplete; fetch or build it again";
      case NO_LOAD_SEGMENT -> "give an executable that the kernel can load";
      case LOADS_NOT_SORTED ->
          "link the file again with a linker that keeps the gABI's ascending order";
      case OTHER_SYSTEM -> "only programs for Linux can be confined";
      case UNKNOWN_INTERPRETER ->
          "if you trust that file, accept it with --interpreter FILE; --hook first confines it";
      case RUNS_BEFORE_HOOK ->
          "use --hook post-init, which runs after its constructors (for trees: auto-post-init), or"
              + " link the program without such functions";
      case REPLACES_LINKER ->
          "make the name local to the program (hidden or static), or link without --export-dynamic";
      case BAD_SEGMENT ->
          "the program header table is corrupt; the kernel would not load it as written";
      case EXTENDED_NUMBERING -> "files with so many headers are not supported";
      case BAD_SECTIONS ->
          "the section header table is corrupt; strip --strip-section-headers removes it";
      case BAD_DYNAMIC ->
          "the dynamic section is corrupt; the dynamic linker would not load it as written";
      case BAD_RELOCATIONS ->
          "the relocation table is corrupt; the dynamic linker would not load it as written";
      case SHARED_LIBRARY ->
          "patch the executables that load it, or ask for the library with --shared-library";
      case DEBUG_ONLY ->
          "this holds only debugging information; patch the executable that it belongs to";
      case PACKED -> "unpack it first (upx -d) and patch the result";
      case HEAP_AFTER_DATA ->
          "start it with the launcher, or patch the program that starts it (policies are"
              + " inherited)";
      case INIT_SYMBOLIC,
          INIT_UNRELOCATED,
          INIT_UNMAPPED,
          NO_INIT_ARRAY,
          INIT_NOT_RUN,
          RUNS_BEFORE_INIT ->
          "use --hook entry";
      case NO_INTERPRETER -> "use --hook entry, which runs as early in such a file";
      case PRIVILEGED ->
          "patch the installed file itself; a temporary copy would run without its rights";
      case OTHER_MACHINE ->
          "run it on such a machine; emulators of processors alone have no seccomp";
      case NOT_DYNAMIC -> "use --mode stub";
      case LIBRARY_NAME -> "use --mode stub, or a library of another name";
      case ALREADY_PATCHED ->
          "use --replace to exchange its policy, --stack to add one, or restore it first";
      case FAKED_SETUP -> "give the call another action in that policy";
      case DENIED_SETUP -> "allow it there, or make one policy of both";
      case NO_PHASE -> "change the phases of the policy, or remove them";
      case NOT_PATCHED -> "patch it first";
      case NEWER_FORMAT -> "use that version, or a later one";
      case DAMAGED_PATCH -> "patch the original again";
      case REWRITTEN ->
          "take the original, run such tools on it, and patch last; the policy still applies";
      case DAMAGED_SIGNATURE -> "get the file again from its signer";
      case TOO_LARGE, NO_ROOM -> "report the file's layout (readelf -lS) to the maintainers";
    };
  }

  /** What a check found, with what to do about it. */
  public static String detail(Check check) {
    if (check.finding() == CheckFinding.NO_TRUST_ANCHORS) {
      return "the file is signed, and without trust anchors (--trust) that cannot be checked";
    }
    if (check.finding() == CheckFinding.ENFORCES_NOTHING) {
      return check.detail() + "; patch the file with another policy, or give --allow-empty";
    }
    if (check.finding() == CheckFinding.UNKNOWN_START_CODE) {
      return check.detail() + "; " + PROVE_START;
    }
    return check
        .refusal()
        .map(refusal -> check.detail() + "; " + on(refusal))
        .orElse(check.detail());
  }
}
