package dev.hardwire.elf.form;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.ElfFile;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The parts of the normal form that a psABI decides: the kind of relocation table, relocation
 * types, dynamic tags, segment types, and the dynamic linkers of glibc and musl.
 *
 * <p>R_*_NONE is 0 everywhere. The types are those that the dynamic linkers of glibc and musl both
 * implement for data of executables; types for code (PC-relative ones) occur with DT_TEXTREL only.
 */
final class MachineForm {
  private static final Map<Target, MachineForm> FORMS =
      Map.ofEntries(
          Map.entry(
              Target.X86_64,
              new MachineForm(
                  true,
                  "0 1 5 6 8 16 17 18",
                  "7 36",
                  37,
                  6,
                  "2 10",
                  "0x70000000 0x70000001 0x70000003",
                  "",
                  Set.of("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"))),
          Map.entry(
              Target.I386,
              new MachineForm(
                  false,
                  "0 1 5 6 8 14 35 36 37",
                  "7 41",
                  42,
                  6,
                  "2",
                  "",
                  "",
                  Set.of("/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"))),
          Map.entry(
              Target.AARCH64,
              new MachineForm(
                  true,
                  "0 257 1024 1025 1027 1028 1029 1030",
                  "1026 1031",
                  1032,
                  1025,
                  "",
                  "0x70000001 0x70000003 0x70000005",
                  "0x70000002",
                  Set.of("/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"))),
          Map.entry(
              Target.ARM,
              new MachineForm(
                  false,
                  "0 2 17 18 19 20 21 23",
                  "22 13",
                  160,
                  21,
                  "3",
                  "",
                  "0x70000001",
                  Set.of(
                      "/lib/ld-linux-armhf.so.3",
                      "/lib/ld-linux.so.3",
                      "/lib/ld-musl-armhf.so.1",
                      "/lib/ld-musl-arm.so.1"))),
          Map.entry(
              Target.RISCV64,
              new MachineForm(
                  true,
                  "0 1 2 3 4 6 7 8 9 10 11",
                  "5 12",
                  58,
                  2,
                  "",
                  "0x70000001",
                  "0x70000003",
                  Set.of(
                      "/lib/ld-linux-riscv64-lp64d.so.1",
                      "/lib/ld-linux-riscv64-lp64.so.1",
                      "/lib/ld-musl-riscv64.so.1",
                      "/lib/ld-musl-riscv64-sf.so.1"))),
          Map.entry(
              Target.PPC64LE,
              new MachineForm(
                  true,
                  "0 19 20 22 38 68 73 78",
                  "21",
                  248,
                  20,
                  "",
                  "0x70000000 0x70000003",
                  "",
                  Set.of("/lib64/ld64.so.2", "/lib/ld-musl-powerpc64le.so.1"))),
          Map.entry(
              Target.S390X,
              new MachineForm(
                  true,
                  "0 9 10 12 22 54 55 56",
                  "11",
                  61,
                  10,
                  "",
                  "",
                  "",
                  Set.of("/lib/ld64.so.1", "/lib/ld-musl-s390x.so.1"))),
          Map.entry(
              Target.LOONGARCH64,
              new MachineForm(
                  true,
                  "0 1 2 3 4 6 7 8 9 10 11",
                  "5 13 14",
                  12,
                  2,
                  "",
                  "0x70000001",
                  "",
                  Set.of(
                      "/lib64/ld-linux-loongarch-lp64d.so.1",
                      "/lib64/ld-linux-loongarch-lp64s.so.1",
                      "/lib/ld-musl-loongarch64.so.1"))));

  private final boolean usesRela;
  private final int[] data;
  private final int[] calls;
  private final int resolver;
  private final int address;
  private final int[] code;
  private final Set<Long> tags;
  private final Set<Long> segments;
  private final Set<String> interpreters;

  private MachineForm(
      boolean usesRela,
      String data,
      String calls,
      int resolver,
      int address,
      String code,
      String tags,
      String segments,
      Set<String> interpreters) {
    this.usesRela = usesRela;
    this.data = numbers(data);
    this.calls = numbers(calls);
    this.resolver = resolver;
    this.address = address;
    this.code = numbers(code);
    this.tags = longs(tags);
    this.segments = longs(segments);
    this.interpreters = interpreters;
  }

  private static int[] numbers(String text) {
    return text.isEmpty()
        ? new int[0]
        : Arrays.stream(text.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static Set<Long> longs(String text) {
    return text.isEmpty()
        ? Set.of()
        : Arrays.stream(text.split(" ", -1)).map(Long::decode).collect(Collectors.toSet());
  }

  /** The form of a file's machine. */
  static MachineForm of(ElfFile elf) {
    return FORMS.get(elf.machine());
  }

  /** Whether relocations have their addend in the entry (DT_RELA) or in place (DT_REL). */
  boolean usesRela() {
    return usesRela;
  }

  /** Whether DT_REL or DT_RELA may hold a type. */
  boolean isData(int type, boolean textrel) {
    return contains(data, type)
        || contains(calls, type)
        || type == resolver
        || (textrel && contains(code, type));
  }

  /** Whether DT_JMPREL may hold a type. */
  boolean isCall(int type) {
    return contains(calls, type) || type == resolver || type == 0;
  }

  /** Whether the dynamic linker calls code of the file for a relocation (R_*_IRELATIVE). */
  boolean isResolver(int type) {
    return type == resolver;
  }

  /**
   * Whether a relocation sets a word to the address of a function (R_*_GLOB_DAT, R_*_JUMP_SLOT; on
   * ppc64le also R_PPC64_ADDR64).
   */
  boolean binds(int type) {
    return type == address || type == calls[0] || (this == FORMS.get(Target.PPC64LE) && type == 38);
  }

  /** Whether a relocation is that of a slot of the procedure linkage table (R_*_JUMP_SLOT). */
  boolean isSlot(int type) {
    return type == calls[0];
  }

  private static boolean contains(int[] types, int type) {
    for (int known : types) {
      if (known == type) {
        return true;
      }
    }
    return false;
  }

  /** Whether a processor-specific d_tag is one of linkers for this machine. */
  boolean isTag(long tag) {
    return tags.contains(tag);
  }

  /** Whether a processor-specific p_type is one of linkers for this machine. */
  boolean isSegment(long type) {
    return segments.contains(type);
  }

  /** The paths of the dynamic linkers of glibc and musl. */
  Set<String> interpreters() {
    return interpreters;
  }
}
