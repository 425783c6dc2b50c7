package dev.hardwire.patch.plan;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.FileHeader;
import dev.hardwire.elf.HeaderField;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.elf.form.NeededLibrary;
import dev.hardwire.elf.form.StartCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a program need a shared library before all others (gABI, DT_NEEDED).
 *
 * <p>The name goes to the end of a copy of the dynamic string table. The entry goes before the
 * others, which move up by one into spare DT_NULL entries if the linker left some. Otherwise the
 * dynamic section moves into the blob; the dynamic linker writes to it, so the blob's segment is
 * then writable.
 */
final class NeededPlanner {
  private final ElfFile elf;
  private final FileHeader header;
  private final ProgramHeader dynamic;
  private final long entrySize;
  private final Bytes name;
  private final DynamicEntry strings;
  private final long stringsSize;
  private final long stringsOffset;

  NeededPlanner(ElfFile elf, String library) {
    this.elf = elf;
    this.header = elf.header();
    this.entrySize = header.elfClass().dynamicSize();
    this.name = Bytes.wrap((library + "\0").getBytes(StandardCharsets.UTF_8));
    if (!elf.hasInterpreter()) {
      throw notDynamic("PT_INTERP", "no dynamic linker starts it, so nothing would load a library");
    }
    if (elf.segment(SegmentType.PHDR).isEmpty()) {
      throw notDynamic("PT_PHDR", "without it the library could not find the program's policy");
    }
    NeededLibrary.check(elf, library);
    StartCode.checkLibraries(elf);
    this.dynamic =
        elf.segment(SegmentType.DYNAMIC)
            .orElseThrow(() -> notDynamic("PT_DYNAMIC", "there is no dynamic section"));
    this.strings = entry(DynamicTag.STRTAB, "DT_STRTAB");
    this.stringsSize = entry(DynamicTag.STRSZ, "DT_STRSZ").value();
    this.stringsOffset =
        elf.fileOffset(strings.value(), stringsSize)
            .orElseThrow(() -> notDynamic("DT_STRTAB", "the string table is not in the file"));
  }

  private DynamicEntry entry(long tag, String what) {
    return elf.dynamicEntry(tag)
        .orElseThrow(() -> notDynamic(what, "the dynamic section has no string table"));
  }

  private ElfFormatException notDynamic(String field, String reason) {
    return new ElfFormatException(
        Refusal.NOT_DYNAMIC, HeaderField.E_PHOFF.offset(header.elfClass()), field, reason);
  }

  /** Whether there is a null entry after the one that ends the section. */
  private boolean hasSpareEntry() {
    long used = (elf.dynamic().size() + 1L) * entrySize;
    return dynamic.filesz() >= used + entrySize
        && elf.bytes().isZero(dynamic.offset() + used, entrySize);
  }

  /** p_flags of the added segment. */
  long segmentFlags() {
    return hasSpareEntry() ? ProgramHeader.PF_R : ProgramHeader.PF_R | ProgramHeader.PF_W;
  }

  /** The ranges that move into the blob. */
  List<Growth> growths() {
    List<Growth> growths = new ArrayList<>();
    growths.add(new Growth(stringsOffset, stringsSize, name.size(), 1, strings.value()));
    if (!hasSpareEntry()) {
      growths.add(
          new Growth(
              dynamic.offset(),
              dynamic.filesz(),
              entrySize,
              header.elfClass().wordSize(),
              dynamic.vaddr()));
    }
    return growths;
  }

  HookPlan hook() {
    String library = name.cString(0);
    String reason =
        hasSpareEntry()
            ? "the dynamic section takes it in a spare entry"
            : "the dynamic section has no spare entry and moves into the blob";
    return new HookPlan(
        Optional.empty(), 0, 0, List.of(), "needs %s: %s".formatted(library, reason));
  }

  /**
   * Replaces the copies by their final contents, and the edits in the dynamic section by one edit
   * of the whole section.
   */
  void addTo(List<Edit> edits, Additions additions, FileLayout layout) {
    Move stringsMove = move(layout, stringsOffset);
    additions.replace(
        stringsMove.newOffset(),
        () -> Bytes.concat(List.of(elf.bytes().slice(stringsOffset, stringsSize), name)));
    Bytes entries = entries(edits, strings.value() + stringsMove.addressShift());
    long end = dynamic.offset() + dynamic.filesz();
    edits.removeIf(edit -> edit.offset() >= dynamic.offset() && edit.end() <= end);
    if (hasSpareEntry()) {
      edits.add(
          new Edit(
              dynamic.offset(),
              elf.bytes().slice(dynamic.offset(), entries.size()),
              entries,
              "dynamic section: %s is needed before all others".formatted(name.cString(0))));
    } else {
      int rest = (int) (dynamic.filesz() + entrySize - entries.size());
      additions.replace(
          move(layout, dynamic.offset()).newOffset(),
          () -> new ByteWriter(header.order()).bytes(entries).zeros(rest).toBytes());
    }
  }

  private static Move move(FileLayout layout, long start) {
    return layout.moves().stream()
        .filter(m -> m.start() == start && m.extra() > 0)
        .findFirst()
        .orElseThrow();
  }

  /**
   * All entries, with the new one first and a null one last, and with the values of {@code edits}.
   */
  private Bytes entries(List<Edit> edits, long stringsAddress) {
    ByteWriter writer = new ByteWriter(header.order());
    add(writer, DynamicTag.NEEDED, stringsSize);
    for (DynamicEntry entry : elf.dynamic()) {
      long valueAt = entry.fileOffset() + header.elfClass().wordSize();
      long value =
          edits.stream()
              .filter(edit -> edit.offset() == valueAt)
              .findFirst()
              .map(edit -> header.readWord(edit.replacement(), 0))
              .orElse(entry.value());
      if (entry.tag() == DynamicTag.STRTAB) {
        value = stringsAddress;
      } else if (entry.tag() == DynamicTag.STRSZ) {
        value = stringsSize + name.size();
      }
      add(writer, entry.tag(), value);
    }
    add(writer, DynamicTag.NULL, 0);
    return writer.toBytes();
  }

  private void add(ByteWriter writer, long tag, long value) {
    writer.bytes(header.word(tag)).bytes(header.word(value));
  }
}
