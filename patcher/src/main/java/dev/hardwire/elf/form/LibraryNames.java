package dev.hardwire.elf.form;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicEntry;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The names in the dynamic section. A DT_NEEDED entry that leads back to the file, by way of
 * /proc/self/exe, would make the dynamic linker load the program as a library of its own and run
 * its constructors before the hook.
 */
final class LibraryNames {
  /** Of linux/limits.h. */
  private static final int PATH_MAX = 4096;

  private static final List<String> SPECIAL = List.of("/proc", "/dev", "/sys");

  private final ElfFile elf;
  private final Bytes strings;

  LibraryNames(ElfFile elf) {
    this.elf = elf;
    this.strings = elf.requireDynamicStrings();
  }

  private static ElfFormatException refuse(DynamicEntry entry, String reason) {
    return new ElfFormatException(
        Refusal.BAD_DYNAMIC, entry.fileOffset(), DynamicTag.nameOf(entry.tag()), reason);
  }

  void check() {
    for (DynamicEntry entry : elf.dynamic()) {
      if (entry.tag() == DynamicTag.NEEDED) {
        needed(entry, name(entry));
      } else if (entry.tag() == DynamicTag.RPATH || entry.tag() == DynamicTag.RUNPATH) {
        for (String folder : name(entry).split(":", -1)) {
          ordinary(entry, folder);
        }
      } else if (entry.tag() == DynamicTag.SONAME) {
        name(entry);
      }
    }
  }

  String name(DynamicEntry entry) {
    return string(entry.value())
        .orElseThrow(
            () ->
                refuse(
                    entry, "string 0x%x is no name in the string table".formatted(entry.value())));
  }

  /** The string at an offset, unless it is as long as no path, or does not end in the table. */
  Optional<String> string(long at) {
    long end = at < 0 || at >= strings.size() ? -1 : strings.indexOf(new byte[1], at);
    if (end < 0 || end - at >= PATH_MAX) {
      return Optional.empty();
    }
    byte[] raw = strings.cString(at).getBytes(StandardCharsets.ISO_8859_1);
    return Optional.of(new String(raw, StandardCharsets.UTF_8));
  }

  /** DT_STRTAB; empty if the file has none. */
  Bytes strings() {
    return strings;
  }

  private static void needed(DynamicEntry entry, String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    if (!last.contains(".so")) {
      throw refuse(entry, "\"%s\" is not the name of a shared library".formatted(name));
    }
    ordinary(entry, name);
  }

  private static void ordinary(DynamicEntry entry, String path) {
    if (path.indexOf('/') < 0) { // nearly every name; loading the classes of patterns takes time
      return;
    }
    String plain = path.replaceAll("/(\\./|/)*", "/"); // "//" and "/./" are the same as "/"
    for (String special : SPECIAL) {
      if (plain.equals(special)
          || plain.startsWith(special + "/")
          || plain.contains("/.." + special)) {
        throw refuse(entry, "\"%s\" leads to a special file system".formatted(path));
      }
    }
  }
}
