package dev.hardwire.report.read;

import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.Section;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.FilePart.Change;
import dev.hardwire.report.model.FileShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads how a file is laid out before and after a patch. */
final class ShapeReader {
  private static final Map<Long, String> TYPES =
      Map.of(
          SegmentType.LOAD, "LOAD",
          SegmentType.DYNAMIC, "DYNAMIC",
          SegmentType.INTERP, "INTERP",
          SegmentType.NOTE, "NOTE",
          SegmentType.PHDR, "PHDR",
          SegmentType.TLS, "TLS",
          SegmentType.GNU_EH_FRAME, "GNU_EH_FRAME",
          SegmentType.GNU_STACK, "GNU_STACK",
          SegmentType.GNU_RELRO, "GNU_RELRO",
          SegmentType.GNU_PROPERTY, "GNU_PROPERTY");

  private ShapeReader() {}

  /** The layout of an original; what its patch took away is marked. */
  static FileShape before(ElfFile original, ElfFile patched) {
    List<ProgramHeader> left = new ArrayList<>(patched.programHeaders());
    List<FilePart> segments = new ArrayList<>();
    for (ProgramHeader segment : original.programHeaders()) {
      ProgramHeader now = take(left, segment);
      segments.add(segment(segment, now == null ? Change.REMOVED : change(segment, now)));
    }
    List<FilePart> sections = new ArrayList<>();
    for (Section section : named(original)) {
      sections.add(section(section, change(section, patched)));
    }
    return new FileShape(original.bytes().size(), segments, sections);
  }

  /** The layout of a patched file; what the patch changed is marked. */
  static FileShape after(ElfFile original, ElfFile patched) {
    List<ProgramHeader> left = new ArrayList<>(original.programHeaders());
    List<FilePart> segments = new ArrayList<>();
    for (ProgramHeader segment : patched.programHeaders()) {
      ProgramHeader was = take(left, segment);
      segments.add(segment(segment, was == null ? Change.ADDED : change(was, segment)));
    }
    List<FilePart> sections = new ArrayList<>();
    for (Section section : named(patched)) {
      sections.add(section(section, change(section, original)));
    }
    return new FileShape(patched.bytes().size(), segments, sections);
  }

  /** The layout of a patched file whose original is not known. */
  static FileShape alone(ElfFile patched) {
    return new FileShape(
        patched.bytes().size(),
        patched.programHeaders().stream().map(one -> segment(one, Change.SAME)).toList(),
        named(patched).stream().map(one -> section(one, Change.SAME)).toList());
  }

  private static List<Section> named(ElfFile elf) {
    List<Section> sections = elf.sections();
    return sections.isEmpty() ? sections : sections.subList(1, sections.size());
  }

  /** Takes the segment out of a list that is most likely the same one; null if there is none. */
  private static ProgramHeader take(List<ProgramHeader> left, ProgramHeader segment) {
    ProgramHeader found = null;
    for (ProgramHeader one : left) {
      if (one.equals(segment)) {
        found = one;
        break;
      }
      boolean same = one.type() == segment.type() && one.flags() == segment.flags();
      if (found == null && same && (!one.isLoad() || one.vaddr() == segment.vaddr())) {
        found = one;
      }
    }
    left.remove(found);
    return found;
  }

  private static Change change(ProgramHeader was, ProgramHeader now) {
    if (was.offset() != now.offset() || was.vaddr() != now.vaddr()) {
      return Change.MOVED;
    }
    return was.filesz() == now.filesz() ? Change.SAME : Change.RESIZED;
  }

  /** A patch adds sections at the end of the table, so that no index changes. */
  private static Change change(Section section, ElfFile other) {
    if (section.index() >= other.sections().size()) {
      return Change.ADDED;
    }
    Section same = other.sections().get(section.index());
    if (same.offset() != section.offset() || same.addr() != section.addr()) {
      return Change.MOVED;
    }
    return same.size() == section.size() ? Change.SAME : Change.RESIZED;
  }

  private static FilePart segment(ProgramHeader one, Change change) {
    String flags = (one.flags() & ProgramHeader.PF_R) != 0 ? "r" : "-";
    flags += (one.flags() & ProgramHeader.PF_W) != 0 ? "w" : "-";
    flags += (one.flags() & ProgramHeader.PF_X) != 0 ? "x" : "-";
    String name = TYPES.getOrDefault(one.type(), "0x" + Long.toHexString(one.type()));
    return new FilePart(name, one.offset(), one.filesz(), one.vaddr(), flags, change);
  }

  private static FilePart section(Section one, Change change) {
    String flags = one.isAllocated() ? "r" : "-";
    flags += (one.flags() & Section.SHF_WRITE) != 0 ? "w" : "-";
    flags += (one.flags() & Section.SHF_EXECINSTR) != 0 ? "x" : "-";
    long size = one.fileEnd() - one.offset();
    return new FilePart(one.name(), one.offset(), size, one.addr(), flags, change);
  }
}
