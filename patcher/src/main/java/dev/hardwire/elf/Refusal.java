package dev.hardwire.elf;

import java.util.Locale;
import java.util.Set;

/** Why Hardwire refuses a file. */
public enum Refusal {
  NOT_ELF,
  BAD_HEADER,
  NOT_EXECUTABLE_TYPE,
  UNKNOWN_ARCHITECTURE,
  TRUNCATED,
  SEGMENT_PAST_END,
  NO_LOAD_SEGMENT,
  LOADS_NOT_SORTED,
  OTHER_SYSTEM,
  UNKNOWN_INTERPRETER,
  RUNS_BEFORE_HOOK,
  REPLACES_LINKER,
  BAD_SEGMENT,
  EXTENDED_NUMBERING,
  BAD_SECTIONS,
  BAD_DYNAMIC,
  BAD_RELOCATIONS,
  SHARED_LIBRARY,
  DEBUG_ONLY,
  PACKED,
  HEAP_AFTER_DATA,
  INIT_SYMBOLIC,
  INIT_UNRELOCATED,
  INIT_UNMAPPED,
  NO_INIT_ARRAY,
  INIT_NOT_RUN,
  RUNS_BEFORE_INIT,
  PRIVILEGED,
  OTHER_MACHINE,
  NOT_DYNAMIC,
  NO_INTERPRETER,
  LIBRARY_NAME,
  ALREADY_PATCHED,
  NOT_PATCHED,
  FAKED_SETUP,
  DENIED_SETUP,
  NO_PHASE,
  NEWER_FORMAT,
  DAMAGED_PATCH,
  REWRITTEN,
  DAMAGED_SIGNATURE,
  TOO_LARGE,
  NO_ROOM;

  private static final Set<Refusal> ABOUT_THE_INIT_ARRAY =
      Set.of(
          INIT_SYMBOLIC,
          INIT_UNRELOCATED,
          INIT_UNMAPPED,
          NO_INIT_ARRAY,
          INIT_NOT_RUN,
          RUNS_BEFORE_INIT);

  /** Whether the entry hook may be possible nevertheless. */
  public boolean allowsEntryHook() {
    return ABOUT_THE_INIT_ARRAY.contains(this);
  }

  /** The name as reports print it, such as {@code not-elf}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
