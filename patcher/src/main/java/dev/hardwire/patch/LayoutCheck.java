package dev.hardwire.patch;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Note;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Checks that a file's tables agree with each other. It knows nothing of plans: it reads the
 * finished bytes as a loader, a debugger and strip would.
 */
public final class LayoutCheck {
  private static final Set<Long> ADDRESS_TAGS =
      Set.of(
          DynamicTag.HASH,
          DynamicTag.GNU_HASH,
          DynamicTag.STRTAB,
          DynamicTag.SYMTAB,
          DynamicTag.RELA,
          DynamicTag.REL,
          DynamicTag.RELR,
          DynamicTag.JMPREL,
          DynamicTag.INIT_ARRAY,
          DynamicTag.VERSYM,
          DynamicTag.VERDEF,
          DynamicTag.VERNEED);

  private final ElfFile elf;
  private final List<Fault> faults = new ArrayList<>();

  /**
   * Something that is not consistent.
   *
   * @param subject what; the same before and after a patch, even where places change
   * @param reason a clause
   */
  public record Fault(String subject, String reason) {
    @Override
    public String toString() {
      return subject + " " + reason;
    }
  }

  private LayoutCheck(ElfFile elf) {
    this.elf = elf;
  }

  /**
   * Checks a patched file.
   *
   * @param original what it was; the faults that it had already do not count
   * @throws IllegalStateException naming every fault
   */
  public static void check(ElfFile original, Bytes patched) {
    List<Fault> faults = faults(parse(patched));
    if (faults.isEmpty()) {
      return;
    }
    for (Fault known : faults(original)) {
      faults.stream()
          .filter(fault -> fault.subject().equals(known.subject()))
          .findFirst()
          .ifPresent(faults::remove);
    }
    if (!faults.isEmpty()) {
      throw new IllegalStateException(
          "the layout is not consistent: "
              + faults.stream().map(Fault::toString).collect(Collectors.joining("; ")));
    }
  }

  private static ElfFile parse(Bytes patched) {
    try {
      return ElfFile.parse(patched);
    } catch (ElfFormatException e) {
      throw new IllegalStateException("the patched file cannot be read back", e);
    }
  }

  public static List<Fault> faults(ElfFile elf) {
    LayoutCheck check = new LayoutCheck(elf);
    check.programHeaderTable();
    check.segments();
    check.notes();
    check.sections();
    check.dynamic();
    return check.faults;
  }

  private void programHeaderTable() {
    long start = elf.header().phoff();
    long size = elf.header().programTableSize();
    List<ProgramHeader> holders = new ArrayList<>();
    for (ProgramHeader load : elf.loads()) {
      if (load.offset() <= start && start + size <= load.fileEnd()) {
        holders.add(load);
      }
    }
    if (holders.size() != 1) {
      faults.add(
          new Fault("the program header table", "is in %d segments".formatted(holders.size())));
    }
    Optional<ProgramHeader> phdr = elf.segment(SegmentType.PHDR);
    if (phdr.isPresent() && holders.size() == 1) {
      ProgramHeader holder = holders.get(0);
      if (phdr.get().offset() != start
          || phdr.get().filesz() != size
          || phdr.get().memsz() != size
          || phdr.get().vaddr() - holder.vaddr() != start - holder.offset()) {
        faults.add(new Fault("PT_PHDR", "does not describe the program header table"));
      }
    }
    ProgramHeader first = elf.loads().get(0);
    ProgramHeader mapped = holders.isEmpty() ? first : holders.get(0);
    if (mapped.vaddr() - mapped.offset() != first.vaddr() - first.offset()) {
      faults.add(new Fault("AT_PHDR", "would be wrong on kernels before 5.18"));
    }
  }

  private void segments() {
    for (ProgramHeader segment : elf.programHeaders()) {
      boolean pointsIntoLoad =
          segment.type() == SegmentType.INTERP
              || segment.type() == SegmentType.GNU_PROPERTY
              || segment.type() == SegmentType.DYNAMIC
              || segment.type() == SegmentType.GNU_EH_FRAME
              || (segment.type() == SegmentType.NOTE && segment.vaddr() != 0);
      if (pointsIntoLoad && segment.filesz() > 0 && !elf.isMapped(segment)) {
        faults.add(
            new Fault(
                "a segment of type 0x%x".formatted(segment.type()),
                "at 0x%x is not what is mapped at 0x%x"
                    .formatted(segment.offset(), segment.vaddr())));
      }
    }
    List<ProgramHeader> loads = elf.loads();
    for (int i = 1; i < loads.size(); i++) {
      ProgramHeader earlier = loads.get(i - 1);
      ProgramHeader later = loads.get(i);
      if (earlier.filesz() != 0
          && later.filesz() != 0
          && earlier.overlapsFile(later.offset(), later.fileEnd())
          && earlier.flags() == later.flags()
          && earlier.isWritable()) {
        faults.add(
            new Fault(
                "a writable segment",
                "shares bytes of the file at 0x%x with another".formatted(later.offset())));
      }
    }
  }

  private void notes() {
    for (ProgramHeader segment : elf.programHeaders()) {
      if (segment.type() == SegmentType.NOTE) {
        List<Note> notes = notes(segment);
        Note last = notes.isEmpty() ? null : notes.get(notes.size() - 1);
        long end = last == null ? 0 : last.descOffset() + last.desc().size() - segment.offset();
        if (segment.filesz() > end + Math.floorMod(-end, segment.align() == 8 ? 8 : 4)) {
          faults.add(
              new Fault(
                  "a PT_NOTE",
                  "at 0x%x has something behind its last note".formatted(segment.offset())));
        }
      }
    }
  }

  private List<Note> notes(ProgramHeader segment) {
    try {
      return elf.notes(segment);
    } catch (ElfFormatException e) {
      return List.of();
    }
  }

  private void sections() {
    for (Section section : elf.sections()) {
      if (section.isAllocated() && section.size() > 0 && section.type() != Section.SHT_NOBITS) {
        long mapped = elf.fileOffset(section.addr(), section.size()).orElse(-1);
        if (mapped != section.offset()) {
          faults.add(
              new Fault(
                  "section %d".formatted(section.index()),
                  "(%s) is not what is mapped at 0x%x".formatted(section.name(), section.addr())));
        }
      }
    }
  }

  private void dynamic() {
    for (DynamicEntry entry : elf.dynamic()) {
      if (ADDRESS_TAGS.contains(entry.tag()) && entry.value() != 0) {
        if (elf.fileOffset(entry.value(), 1).isEmpty()) {
          faults.add(
              new Fault(
                  "dynamic tag 0x%x".formatted(entry.tag()),
                  "points to 0x%x, which is not in the file".formatted(entry.value())));
        }
      }
    }
  }
}
