package dev.hardwire.verify;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.SegmentType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** Tricks so that a loader sees another file than a reader of the tables. */
final class LoaderAttacks {
  private static final long RPATH = 15;
  private static final long TEXTREL = 22;
  private static final long RUNPATH = 29;
  private static final long FLAGS = 30;
  private static final long AUDIT = 0x6ffffefcL;
  private static final long RELA = DynamicTag.RELA;
  private static final long RELASZ = DynamicTag.RELASZ;
  private static final String NEEDED = "gcc-nonpie";

  private LoaderAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of("there is a second dynamic section", "loader", LoaderAttacks::secondDynamic)
            .always(),
        Attack.of(
            "the dynamic section is not where p_offset says",
            "loader",
            f -> {
              long dynamic = f.elf.segment(SegmentType.DYNAMIC).orElseThrow().offset();
              Bytes copy =
                  f.elf
                      .bytes()
                      .slice(dynamic, f.elf.segment(SegmentType.DYNAMIC).orElseThrow().filesz());
              f.grow(copy);
              f.word(
                  f.programHeader(f.index(SegmentType.DYNAMIC), 8), f.bytes().size() - copy.size());
            }),
        Attack.of(
            "the dynamic section goes on behind p_filesz",
            "loader",
            f ->
                f.word(
                    f.programHeader(f.index(SegmentType.DYNAMIC), 32),
                    (long) f.elf.dynamic().size() * 16)),
        Attack.of(
                "a tag is there twice, and the last one counts",
                "loader",
                f ->
                    f.dynamic(
                        DynamicTag.DEBUG,
                        DynamicTag.INIT_ARRAY,
                        f.dynamicValue(DynamicTag.INIT_ARRAY) + 8))
            .always(),
        Attack.of(
                "C libraries read the relocations of calls in two ways",
                "loader",
                f -> f.word(f.dynamic(DynamicTag.PLTREL), 5))
            .always(),
        Attack.of(
                "a relocation moves the init array while the program is loaded",
                "loader",
                f ->
                    f.relocation(
                        RELA, RELASZ, f.addressOf(f.dynamic(DynamicTag.INIT_ARRAY)), 0, 8, 0x1000))
            .always(),
        Attack.of(
                "a relocation changes a later one",
                "loader",
                f ->
                    f.relocation(RELA, RELASZ, f.dynamicValue(DynamicTag.JMPREL) + 8, 0, 8, 0x1000))
            .always(),
        Attack.of(
                "PT_PHDR shifts the load address",
                "loader",
                f ->
                    f.word(
                        f.programHeader(f.index(SegmentType.PHDR), 16),
                        f.elf.header().phoff() + 0x1000))
            .always(),
        Attack.of("the program headers are others", "loader", LoaderAttacks::movedTable)
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of(
                "a segment shares a page with the hook's, from elsewhere in the file",
                "loader",
                LoaderAttacks::sharedPage)
            .always(),
        Attack.of(
                "the notes in memory are others than in the file",
                "notes",
                f -> f.word(f.noteHeader(16), f.slack()))
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of(
            "the stack is executable",
            "segments",
            f -> f.half(f.programHeader(f.index(SegmentType.GNU_STACK), 4), 7)),
        Attack.of(
            "PT_GNU_STACK is gone",
            "segments",
            f -> f.half(f.programHeader(f.index(SegmentType.GNU_STACK), 0), 0)),
        Attack.of("the code can be written to", "segments", f -> f.half(f.programHeader(3, 4), 7)),
        Attack.of(
            "the data is mapped from elsewhere",
            "segments",
            f -> f.word(f.programHeader(2, 8), f.elf.programHeaders().get(2).offset() + 0x1000)),
        Attack.of(
            "relro is gone",
            "segments",
            f -> f.half(f.programHeader(f.index(SegmentType.GNU_RELRO), 0), 0)),
        added("DT_TEXTREL makes the blob writable", TEXTREL, 0),
        added("DT_FLAGS is added", FLAGS, 4),
        added("DT_RPATH is added", RPATH, 1),
        added("DT_RUNPATH is added", RUNPATH, 1),
        added("DT_AUDIT is added", AUDIT, 1),
        added("another library is needed", DynamicTag.NEEDED, 1),
        Attack.of(
            "a library is needed instead of another",
            "dynamic",
            f -> f.word(f.dynamic(DynamicTag.NEEDED), 1)),
        Attack.of("code is changed", "changes", f -> f.flip(f.offsetOf(f.elf.header().entry())))
            .by(Set.of(Attack.Attacker.SKILLED)),
        Attack.of(
                "code is changed without a word",
                "patch-record",
                f -> f.flip(f.offsetOf(f.elf.header().entry())))
            .by(Set.of(Attack.Attacker.CLUMSY)),
        Attack.of("the notes are there twice", "patch-record", Forgery::doubleNotes)
            .by(Set.of(Attack.Attacker.SKILLED)),
        Attack.of(
            "the library is not the first", NEEDED, null, "dynamic", LoaderAttacks::swapNeeded),
        Attack.of(
            "another library shadows ours",
            NEEDED,
            null,
            "library",
            f -> {
              byte[] folder = "/tmp".getBytes(StandardCharsets.US_ASCII);
              f.put(
                  f.offsetOf(f.dynamicValue(DynamicTag.STRTAB) + f.dynamicValue(DynamicTag.NEEDED)),
                  Bytes.wrap(folder));
            }),
        Attack.of(
            "the library's name is another one than that behind the strings",
            NEEDED,
            null,
            "dynamic",
            f -> f.word(f.dynamic(DynamicTag.NEEDED), 1)),
        Attack.of(
            "where libraries are looked for is added in mode needed",
            NEEDED,
            null,
            "dynamic",
            f -> f.dynamic(DynamicTag.DEBUG, RUNPATH, 1)));
  }

  private static Attack added(String name, long tag, long value) {
    return Attack.of(name, "dynamic", f -> f.dynamic(DynamicTag.DEBUG, tag, value));
  }

  private static void secondDynamic(Forgery f) {
    var dynamic = f.elf.segment(SegmentType.DYNAMIC).orElseThrow();
    Bytes copy = f.elf.bytes().slice(dynamic.offset(), dynamic.filesz());
    long address = f.grow(copy);
    int index = f.index(SegmentType.GNU_EH_FRAME);
    f.half(f.programHeader(index, 0), SegmentType.DYNAMIC)
        .word(f.programHeader(index, 8), f.bytes().size() - copy.size())
        .word(f.programHeader(index, 16), address)
        .word(f.programHeader(index, 32), copy.size())
        .word(f.programHeader(index, 40), copy.size());
  }

  private static void movedTable(Forgery f) {
    long size = f.elf.header().phnum() * 56L;
    f.grow(f.elf.bytes().slice(f.elf.header().phoff(), size));
    f.word(HeaderField.E_PHOFF.offset(f.elf.header().elfClass()), f.bytes().size() - size);
  }

  /** The blob's neighbour below becomes two. */
  private static void sharedPage(Forgery f) {
    var data = f.elf.programHeaders().get(f.blobIndex - 1);
    int index = f.index(SegmentType.GNU_EH_FRAME);
    long start = (data.memoryEnd() + 15) & -16;
    // The blob's header has to stay behind it: the two exchange their places.
    f.copyHeader(f.blobIndex, index);
    f.half(f.programHeader(f.blobIndex, 0), SegmentType.LOAD)
        .half(f.programHeader(f.blobIndex, 4), 6)
        .word(f.programHeader(f.blobIndex, 8), start & 0xfff)
        .word(f.programHeader(f.blobIndex, 16), start)
        .word(f.programHeader(f.blobIndex, 32), 16)
        .word(f.programHeader(f.blobIndex, 40), 16);
    f.blobMovedTo(index);
  }

  private static void swapNeeded(Forgery f) {
    var entries = f.elf.dynamic();
    f.word(entries.get(0).fileOffset() + 8, entries.get(1).value())
        .word(entries.get(1).fileOffset() + 8, entries.get(0).value());
  }
}
