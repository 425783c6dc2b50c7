package dev.hardwire.verify;

import static dev.hardwire.verify.CheckList.require;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** The library that a program was made to need. */
final class NeededChecks {
  /** What changes beside the new entry: the place and the size of the string table. */
  static final Set<Long> CHANGED_TAGS = Set.of(DynamicTag.STRTAB, DynamicTag.STRSZ);

  /** Of linux/limits.h. */
  private static final int PATH_MAX = 4096;

  private final PatchLayer layer;
  private final ElfFile elf;
  private final ElfFile original;

  NeededChecks(PatchLayer layer, ElfFile original) {
    this.layer = layer;
    this.elf = layer.elf();
    this.original = original;
  }

  /** The library that is loaded first; the first dynamic entry has to name it. */
  static String library(ElfFile elf) {
    List<DynamicEntry> entries = elf.dynamic();
    require(
        !entries.isEmpty() && entries.get(0).tag() == DynamicTag.NEEDED,
        "the first dynamic entry is not DT_NEEDED");
    Bytes strings = strings(elf);
    long start = entries.get(0).value();
    long end = strings.contains(start, 2) ? strings.indexOf(new byte[1], start) : -1;
    require(end >= 0 && end - start < PATH_MAX, "the library's name is outside the strings");
    byte[] name = strings.cString(start).getBytes(StandardCharsets.ISO_8859_1);
    String text = new String(name, StandardCharsets.UTF_8);
    require(
        !text.isEmpty() && text.chars().noneMatch(Character::isISOControl),
        "the library's name is empty or has control characters");
    return text;
  }

  /** The string table is the original's with the library's name behind it, in the blob. */
  void strings() {
    String library = library(elf);
    Bytes before = strings(original);
    Bytes after = strings(elf);
    Bytes name = Bytes.wrap((library + "\0").getBytes(StandardCharsets.UTF_8));
    require(
        elf.dynamic().get(0).value() == before.size()
            && after.size() == before.size() + name.size()
            && after.slice(0, before.size()).equals(before)
            && after.slice(before.size(), name.size()).equals(name),
        "the dynamic strings are not the original's and the library's name");
    long place = elf.dynamicEntry(DynamicTag.STRTAB).orElseThrow().value();
    require(
        layer.segment().overlapsMemory(place, place + 1),
        "the dynamic strings are not in the blob's segment");
  }

  private static Bytes strings(ElfFile file) {
    long size = file.dynamicEntry(DynamicTag.STRSZ).map(DynamicEntry::value).orElse(0L);
    return file.dynamicEntry(DynamicTag.STRTAB)
        .map(entry -> file.fileOffset(entry.value(), size).orElse(-1))
        .filter(offset -> offset >= 0)
        .map(offset -> file.bytes().slice(offset, size))
        .orElseThrow(() -> new CheckList.Failed("the dynamic strings are not in the file"));
  }
}
