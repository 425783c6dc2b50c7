package dev.hardwire.elf;

import dev.hardwire.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The strings that the entries of a dynamic section name (gABI, Dynamic Section). */
public final class DynamicStrings {
  private static final Set<Long> LIBRARY_PLACES =
      Set.of(DynamicTag.NEEDED, DynamicTag.RPATH, DynamicTag.RUNPATH);

  private final List<DynamicEntry> entries;
  private final Bytes strings;

  private DynamicStrings(List<DynamicEntry> entries, Bytes strings) {
    this.entries = entries;
    this.strings = strings;
  }

  /** Those of a file; none where its table of strings is not in it. */
  public static DynamicStrings of(ElfFile file) {
    Bytes strings = file.dynamicStrings().orElseGet(() -> file.bytes().slice(0, 0));
    return new DynamicStrings(file.dynamic(), strings);
  }

  public Optional<String> first(long tag) {
    return entries.stream().filter(e -> e.tag() == tag).findFirst().flatMap(this::string);
  }

  public List<String> all(long tag) {
    return entries.stream()
        .filter(entry -> entry.tag() == tag)
        .flatMap(entry -> string(entry).stream())
        .toList();
  }

  private Optional<String> string(DynamicEntry entry) {
    if (!strings.contains(entry.value(), 1)) {
      return Optional.empty();
    }
    byte[] name = strings.cString(entry.value()).getBytes(StandardCharsets.ISO_8859_1);
    return Optional.of(new String(name, StandardCharsets.UTF_8));
  }

  /** Whether the dynamic linker looks for libraries in the folder of the file: {@code $ORIGIN}. */
  public boolean nameTheFolder() {
    return entries.stream()
        .filter(entry -> LIBRARY_PLACES.contains(entry.tag()))
        .flatMap(entry -> string(entry).stream())
        .anyMatch(text -> text.contains("$ORIGIN") || text.contains("${ORIGIN}"));
  }
}
