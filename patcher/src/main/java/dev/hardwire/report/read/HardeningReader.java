package dev.hardwire.report.read;

import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.report.model.Hardening;
import dev.hardwire.report.model.Hardening.Found;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads what compiler and linker did against attacks, from the same signs as checksec. */
final class HardeningReader {
  private static final long DF_BIND_NOW = 8;
  private static final long DF_1_NOW = 1;

  /** Names of a program in bytes; those of more are not read. */
  private static final long MOST_NAMES = 1L << 26;

  private static final Pattern CANARY = Pattern.compile("__(stack_chk_fail|intel_security_cookie)");
  private static final Pattern CHECKED = Pattern.compile("__(?!stack_)[a-z0-9_]+_chk\0");

  private HardeningReader() {}

  static Hardening read(ElfFile elf) {
    return new Hardening(
        relro(elf),
        canary(elf),
        elf.segment(SegmentType.GNU_STACK)
            .map(stack -> (stack.flags() & ProgramHeader.PF_X) == 0)
            .orElse(false),
        elf.isSharedLibrary() ? "dso" : elf.isPositionIndependent() ? "yes" : "no",
        fortify(elf));
  }

  private static String relro(ElfFile elf) {
    if (elf.segment(SegmentType.GNU_RELRO).isEmpty()) {
      return "no";
    }
    boolean now =
        elf.dynamicEntry(DynamicTag.BIND_NOW).isPresent()
            || (elf.dynamicValue(DynamicTag.FLAGS).orElse(0) & DF_BIND_NOW) != 0
            || (elf.dynamicValue(DynamicTag.FLAGS_1).orElse(0) & DF_1_NOW) != 0;
    return now ? "full" : "partial";
  }

  /** The names of libraries' functions that a program takes tell, or its own functions' names. */
  private static Found canary(ElfFile elf) {
    Optional<String> own = names(elf, Section.SHT_SYMTAB);
    Optional<String> imported = names(elf, Section.SHT_DYNSYM);
    if (Stream.of(own, imported).flatMap(Optional::stream).anyMatch(CANARY.asPredicate())) {
      return Found.YES;
    }
    return (isAlone(elf) ? own : imported.or(() -> own)).isEmpty() ? Found.UNKNOWN : Found.NO;
  }

  /**
   * Only what is taken from a library tells: a C library that is part of the program has such
   * functions whether or not the program uses them.
   */
  private static Found fortify(ElfFile elf) {
    boolean alone = isAlone(elf);
    Optional<Boolean> checked =
        names(elf, alone ? Section.SHT_SYMTAB : Section.SHT_DYNSYM)
            .map(CHECKED.asPredicate()::test);
    if (checked.isEmpty() || (alone && checked.get())) {
      return Found.UNKNOWN;
    }
    return checked.get() ? Found.YES : Found.NO;
  }

  /** Whether it is a program that has all its libraries in it. */
  private static boolean isAlone(ElfFile elf) {
    return elf.dynamicEntry(DynamicTag.NEEDED).isEmpty()
        && !elf.hasInterpreter()
        && !elf.isSharedLibrary();
  }

  private static Optional<String> names(ElfFile elf, long type) {
    Optional<Section> table = elf.section(one -> one.type() == type);
    if (table.isEmpty() || table.get().link() >= elf.sections().size()) {
      return Optional.empty();
    }
    Section names = elf.sections().get((int) table.get().link());
    if (names.type() != Section.SHT_STRTAB || names.size() > MOST_NAMES) {
      return Optional.empty();
    }
    try {
      byte[] bytes = elf.bytes().slice(names.offset(), names.size()).toArray();
      return Optional.of(new String(bytes, StandardCharsets.ISO_8859_1));
    } catch (BytesException e) {
      return Optional.empty();
    }
  }
}
