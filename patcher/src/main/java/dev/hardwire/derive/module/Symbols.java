package dev.hardwire.derive.module;

import dev.hardwire.arch.ElfClass;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.elf.Refusal;
import dev.hardwire.elf.SymbolTable;
import dev.hardwire.elf.form.DynamicSymbols;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The dynamic symbols of a file with their versions (gABI; LSB, symbol versioning). */
public final class Symbols {
  private static final int HIDDEN_VERSION = 0x8000;

  /** VER_FLG_WEAK: the dynamic linker only warns. */
  private static final int WEAK_VERSION = 2;

  private static final int[] NONE = {};

  private final Image image;

  /** Address of the table. */
  private final long start;

  private final SymbolTable table;
  private final int count;
  private final int strings;
  private final int stringsEnd;
  private final int versions;
  private final Map<Integer, String> versionNames = new HashMap<>();
  private final Set<String> definedVersions = new HashSet<>();
  private final Set<NeededVersion> neededVersions = new LinkedHashSet<>();
  private final Map<String, int[]> defined = new HashMap<>();
  private final Map<String, int[]> imported = new HashMap<>();

  Symbols(Image image) {
    this.image = image;
    var elf = image.elf();
    this.start = elf.dynamicValue(DynamicTag.SYMTAB).orElse(0);
    this.count = start == 0 ? 0 : count(new DynamicSymbols(elf), elf);
    this.table = new SymbolTable(elf, elf.from(start).orElse(elf.bytes().slice(0, 0)));
    long size = elf.dynamicValue(DynamicTag.STRSZ).orElse(0);
    long names = elf.dynamicValue(DynamicTag.STRTAB).orElse(0);
    this.strings = size == 0 ? 0 : image.table(names, size, "DT_STRTAB");
    this.stringsEnd = strings + (int) size;
    long versym = elf.dynamicValue(DynamicTag.VERSYM).orElse(0);
    this.versions = versym == 0 ? -1 : image.table(versym, count * 2L, "DT_VERSYM");
    readVersions();
    for (int i = 1; i < count; i++) {
      if (!isDefined(i)) {
        imported.merge(name(i), new int[] {i}, Symbols::joined);
      } else if (table.binding(i) != SymbolTable.STB_LOCAL) {
        defined.merge(name(i), new int[] {i}, Symbols::joined);
      }
    }
  }

  private static int[] joined(int[] some, int[] more) {
    int[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static ElfFormatException refuse(String field, String reason) {
    return new ElfFormatException(Refusal.BAD_DYNAMIC, 0, field, reason);
  }

  private void readVersions() {
    if (versions < 0) {
      return;
    }
    var elf = image.elf();
    long definitions = elf.dynamicValue(DynamicTag.VERDEF).orElse(0);
    long number = elf.dynamicValue(DynamicTag.VERDEFNUM).orElse(0);
    for (long i = 0; i < number && definitions != 0; i++) {
      int at = image.table(definitions, 20, "DT_VERDEF");
      long auxiliary = definitions + image.u32(at + 12);
      int name = image.table(auxiliary, 8, "vd_aux");
      versionNames.put(image.u16(at + 4) & ~HIDDEN_VERSION, string(image.u32(name)));
      definedVersions.add(string(image.u32(name)));
      definitions = following(definitions, image.u32(at + 16));
    }
    long needs = elf.dynamicValue(DynamicTag.VERNEED).orElse(0);
    number = elf.dynamicValue(DynamicTag.VERNEEDNUM).orElse(0);
    for (long i = 0; i < number && needs != 0; i++) {
      int at = image.table(needs, 16, "DT_VERNEED");
      long auxiliary = needs + image.u32(at + 8);
      for (int j = 0; j < image.u16(at + 2) && auxiliary != 0; j++) {
        int entry = image.table(auxiliary, 16, "vn_aux");
        String name = string(image.u32(entry + 8));
        versionNames.put(image.u16(entry + 6) & ~HIDDEN_VERSION, name);
        if ((image.u16(entry + 4) & WEAK_VERSION) == 0) {
          neededVersions.add(new NeededVersion(string(image.u32(at + 4)), name));
        }
        auxiliary = following(auxiliary, image.u32(entry + 12));
      }
      needs = following(needs, image.u32(at + 12));
    }
  }

  /** The next entry of a list, which only goes on forwards; 0 at its end. */
  private static long following(long address, long step) {
    return step == 0 ? 0 : address + step;
  }

  private String string(long offset) {
    long from = strings + offset;
    long end = from;
    while (end < stringsEnd && image.bytes()[(int) end] != 0) {
      end++;
    }
    if (end >= stringsEnd) {
      throw refuse("DT_STRTAB", "string 0x%x is not in the string table".formatted(offset));
    }
    return new String(image.bytes(), (int) from, (int) (end - from), StandardCharsets.ISO_8859_1);
  }

  /** The number of symbols; the first one has no name. */
  public int count() {
    return count;
  }

  public boolean isPartOfTable(long address) {
    long within = address - start;
    return within >= 0 && within < (long) count * ElfClass.CLASS64.symbolSize();
  }

  /** Hash tables may leave out what only relocations name: symbols that others cannot find. */
  private static int count(DynamicSymbols symbols, ElfFile elf) {
    long[] largest = {symbols.count() - 1};
    elf.relocations()
        .naming(
            symbol -> {
              largest[0] = symbols.contains(symbol) ? Math.max(largest[0], symbol) : largest[0];
              return false;
            });
    return Math.toIntExact(largest[0] + 1);
  }

  boolean contains(long index) {
    return index > 0 && index < count;
  }

  public String name(int index) {
    return string(table.nameOffset(index));
  }

  public boolean isDefined(int index) {
    int section = table.section(index);
    return section != SymbolTable.SHN_UNDEF
        && (section != SymbolTable.SHN_ABS || value(index) != 0);
  }

  public boolean isFunction(int index) {
    return table.isFunction(index);
  }

  /** Whether the symbol's code returns the address of another function (STT_GNU_IFUNC). */
  public boolean isResolver(int index) {
    return table.type(index) == SymbolTable.STT_GNU_IFUNC;
  }

  /** Whether it is a variable of threads (STT_TLS), whose value is no address. */
  public boolean isThreadLocal(int index) {
    return table.type(index) == SymbolTable.STT_TLS;
  }

  /** Virtual address. */
  public long value(int index) {
    return table.value(index);
  }

  /** In bytes. */
  public long size(int index) {
    return table.size(index);
  }

  /**
   * A version of symbols without which the dynamic linker does not start the program.
   *
   * @param library its name, as DT_NEEDED has it
   */
  public record NeededVersion(String library, String version) {}

  /** The versions that other files must have. */
  public Set<NeededVersion> neededVersions() {
    return Collections.unmodifiableSet(neededVersions);
  }

  /** Whether a file that needs a version finds it here; one without versions has all. */
  public boolean hasVersion(String version) {
    return definedVersions.isEmpty() || definedVersions.contains(version);
  }

  /** The symbols that others must define: those that are not weak. */
  public List<Integer> required() {
    return imported.values().stream()
        .flatMapToInt(Arrays::stream)
        .filter(index -> table.binding(index) == SymbolTable.STB_GLOBAL && !name(index).isEmpty())
        .sorted()
        .boxed()
        .toList();
  }

  /** The version that a symbol has or needs; empty for none. */
  public String version(int index) {
    int version = versions < 0 ? 1 : image.u16(versions + 2 * index) & ~HIDDEN_VERSION;
    return version < 2 ? "" : versionNames.getOrDefault(version, "");
  }

  private boolean isHidden(int index) {
    return versions >= 0 && (image.u16(versions + 2 * index) & HIDDEN_VERSION) != 0;
  }

  /**
   * The symbol that a reference from another file finds here.
   *
   * @param version that the other file needs; empty for none
   * @return its index, or 0 if there is none
   */
  public int find(String name, String version) {
    int[] candidates = defined.get(name);
    if (candidates == null) {
      return 0;
    }
    int visible = 0;
    for (int index : candidates) {
      String own = version(index);
      if (own.equals(version) || (own.isEmpty() && !isHidden(index))) {
        return index;
      }
      if (!isHidden(index) && visible == 0) {
        visible = index;
      }
    }
    return version.isEmpty() ? visible == 0 ? candidates[0] : visible : versions < 0 ? visible : 0;
  }

  /** The symbols of all versions that others find by a name. */
  public int[] all(String name) {
    return defined.getOrDefault(name, NONE).clone();
  }

  /** The names by which others find symbols. */
  public Set<String> names() {
    return Collections.unmodifiableSet(defined.keySet());
  }

  /** All defined functions: what dlsym(3) can find. */
  public int[] functions() {
    int[] found = new int[count];
    int size = 0;
    for (int i = 1; i < count; i++) {
      if (isDefined(i) && isFunction(i) && table.binding(i) != SymbolTable.STB_LOCAL) {
        found[size++] = i;
      }
    }
    return Arrays.copyOf(found, size);
  }

  /** The indexes of the symbols of a name that other files define. */
  public int[] imports(String name) {
    return imported.getOrDefault(name, NONE).clone();
  }

  /** Whether the file has a name for others, or uses one that others define. */
  public boolean has(String name) {
    return defined.containsKey(name) || imported.containsKey(name);
  }

  /** The names that other files define. */
  public Set<String> importedNames() {
    return Collections.unmodifiableSet(imported.keySet());
  }

  /** Whether a name can be found here by others. */
  public boolean defines(String name) {
    return defined.containsKey(name);
  }
}
