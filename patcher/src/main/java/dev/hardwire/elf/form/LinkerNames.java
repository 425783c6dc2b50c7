package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.util.List;
import java.util.Set;

/**
 * What the C library imports from the dynamic linker: functions, and variables with addresses of
 * functions. It looks these names up as all others, in the program first, and uses them before any
 * hook. So a program that defines one decides what the C library does there.
 *
 * <p>musl has no such names: its dynamic linker and C library are one file, which is linked so that
 * its own functions are bound to it ({@code -Bsymbolic-functions}).
 */
final class LinkerNames {
  /** The start of names, most of which the dynamic linkers of glibc alone define. */
  private static final List<String> RESERVED =
      List.of("_dl_", "_rtld_", "__rtld_", "__nptl_", "__tunable_");

  /**
   * The other names that the dynamic linkers of glibc 2.31 to 2.43 export for the eight
   * architectures, in the files {@code Versions} of their sources under {@code ld}.
   *
   * <p>Not among them are: {@code __libc_stack_end} and {@code __rseq_*}, variables that programs
   * at fixed addresses have copies of, and that lead to no code; {@code _r_debug}, which the C
   * library does not import; malloc, calloc, realloc and free, which that of 2.31 exports too. The
   * C library has its own of these, and programs may replace them.
   */
  private static final Set<String> OTHERS =
      Set.of(
          "___tls_get_addr",
          "__get_cpu_features",
          "__libc_enable_secure",
          "__parse_hwcap_3_4_and_convert_at_platform",
          "__parse_hwcap_and_convert_at_platform",
          "__pointer_chk_guard",
          "__stack_chk_guard",
          "__tls_get_addr",
          "__tls_get_addr_internal",
          "__tls_get_addr_opt",
          "__tls_get_offset");

  private LinkerNames() {}

  /** Whether the C library may look for a name in the dynamic linker. */
  static boolean contains(String name) {
    if (name.length() < 2 || name.charAt(0) != '_') {
      return false;
    }
    for (String start : RESERVED) {
      if (name.startsWith(start)) {
        return true;
      }
    }
    return OTHERS.contains(name);
  }

  /**
   * Refuses files that offer one of the names. Names that do not end in the table of strings may be
   * any: dynamic linkers read on.
   */
  static void check(ElfFile elf, DynamicSymbols symbols, Bytes strings) {
    boolean ends = strings.size() > 0 && strings.u8(strings.size() - 1) == 0;
    for (long i = 1; i < symbols.count(); i++) {
      long name = symbols.nameOffset(i);
      if (!ends || name >= strings.size()) {
        throw refuse(elf, Refusal.BAD_DYNAMIC, "the name of symbol %d has no end".formatted(i));
      }
      if (strings.u8(name) == '_' && symbols.isOffered(i) && contains(strings.cString(name))) {
        throw refuse(
            elf,
            Refusal.REPLACES_LINKER,
            "the program defines %s, which the C library takes from the dynamic linker"
                .formatted(strings.cString(name)));
      }
    }
  }

  private static ElfFormatException refuse(ElfFile elf, Refusal refusal, String reason) {
    long at = elf.dynamicEntry(DynamicTag.SYMTAB).map(DynamicEntry::fileOffset).orElse(0L);
    return new ElfFormatException(refusal, at, "st_name", reason);
  }
}
