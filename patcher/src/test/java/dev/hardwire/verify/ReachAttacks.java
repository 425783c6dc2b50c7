package dev.hardwire.verify;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.verify.Attack.Attacker;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Tricks that leave hook and blob alone, and change what runs before them or around them. */
final class ReachAttacks {
  private static final long DEPAUDIT = 0x6ffffefbL;
  private static final long FLAGS_1_NODEFLIB = 0x800;
  private static final long FLAGS_1_INITFIRST = 0x20;
  private static final ElfClass CLASS = ElfClass.CLASS64;
  private static final int IRELATIVE = 37;
  private static final long PLTGOT = 3;

  private ReachAttacks() {}

  static List<Attack> all() {
    return List.of(
        silently(
            "an indirect function's resolver runs before the stub",
            f ->
                f.relocation(
                    DynamicTag.JMPREL,
                    DynamicTag.PLTRELSZ,
                    f.dynamicValue(PLTGOT) + 24,
                    0,
                    IRELATIVE,
                    f.elf.header().entry())),
        Attack.of("DT_DEPAUDIT is added", "dynamic", f -> f.dynamic(DynamicTag.DEBUG, DEPAUDIT, 1)),
        flag("libraries are looked for elsewhere (DF_1_NODEFLIB)", FLAGS_1_NODEFLIB),
        flag("the program's functions run first (DF_1_INITFIRST)", FLAGS_1_INITFIRST),
        Attack.of(
            "functions are bound by another table of symbols",
            "dynamic",
            f -> {
              long size = f.elf.header().elfClass().symbolSize() * 8L;
              Bytes table =
                  f.elf.bytes().slice(f.offsetOf(f.dynamicValue(DynamicTag.SYMTAB)), size);
              f.word(f.dynamic(DynamicTag.SYMTAB), f.grow(table));
            }),
        Attack.of(
            "the strings are others",
            "dynamic",
            f -> {
              long size = f.dynamicValue(DynamicTag.STRSZ);
              Bytes table =
                  f.elf.bytes().slice(f.offsetOf(f.dynamicValue(DynamicTag.STRTAB)), size);
              long address = f.grow(table);
              f.flip(f.bytes().size() - size + f.dynamicValue(DynamicTag.NEEDED));
              f.word(f.dynamic(DynamicTag.STRTAB), address);
            }),
        Attack.of(
            "the program is not position-independent any more",
            "hook",
            f -> f.put(HeaderField.E_TYPE.offset(CLASS), Bytes.wrap(new byte[] {2}))),
        silently("e_flags are others", f -> f.flip(HeaderField.E_FLAGS.offset(CLASS))),
        silently(
            "the section headers are gone",
            f -> f.word(HeaderField.E_SHOFF.offset(CLASS), 0).half(60, 0)),
        Attack.of(
            "the table of program headers ends before the blob's",
            "notes",
            f -> f.put(HeaderField.E_PHNUM.offset(CLASS), byteOf(f.blobIndex))),
        Attack.of(
            "the last program header is cut off",
            "segments",
            f -> f.put(HeaderField.E_PHNUM.offset(CLASS), byteOf(f.elf.header().phnum() - 1))),
        Attack.of(
            "the processor's protections are turned off",
            "segments",
            f -> f.half(f.programHeader(f.index(SegmentType.GNU_PROPERTY), 0), SegmentType.NOTE)),
        Attack.of(
            "a second segment of notes covers the blob",
            "notes",
            f -> {
              int index = f.index(SegmentType.GNU_EH_FRAME);
              f.half(f.programHeader(index, 0), SegmentType.NOTE)
                  .word(f.programHeader(index, 8), f.blobOffset())
                  .word(f.programHeader(index, 16), f.blobAddress());
            }),
        Attack.of(
            "the blob's alignment takes the randomness from addresses",
            "blob",
            f -> f.word(f.programHeader(f.blobIndex, 48), 1L << 40)));
  }

  private static Bytes byteOf(int value) {
    return Bytes.wrap(new byte[] {(byte) value});
  }

  /** Changed in place: a forger who does not say so contradicts the patch record. */
  private static Attack silently(String name, Consumer<Forgery> change) {
    return Attack.of(name, "changes", change).by(Set.of(Attacker.SKILLED));
  }

  private static Attack flag(String name, long flag) {
    return Attack.of(
        name,
        "dynamic",
        f -> f.word(f.dynamic(DynamicTag.FLAGS_1), f.dynamicValue(DynamicTag.FLAGS_1) | flag));
  }
}
