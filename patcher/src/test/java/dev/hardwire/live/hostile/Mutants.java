package dev.hardwire.live.hostile;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.DynamicTag;
import dev.hardwire.elf.ElfField;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.elf.Section;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages executables where it matters: in fields, whole entries and the bounds of their tables.
 * The same seed gives the same mutants.
 */
final class Mutants {
  private static final int PROGRAM_HEADER = 56;
  private static final int SECTION_HEADER = 64;
  private static final int RELA = 24;
  private static final long PAGE = 0x1000;

  private final byte[] good;
  private final Random random;
  private final List<List<ElfField>> fields;
  private final StringBuilder what = new StringBuilder();
  private byte[] file;

  Mutants(byte[] good, long seed) {
    this.good = good;
    this.random = new Random(seed);
    Bytes bytes = Bytes.wrap(good);
    this.fields =
        List.of(
            ElfField.header(),
            ElfField.programHeaders(bytes),
            ElfField.sections(bytes),
            ElfField.dynamic(bytes),
            relocations(bytes));
  }

  /** Some of the relocations, and all that concern the init array. */
  private List<ElfField> relocations(Bytes bytes) {
    List<ElfField> some = new ArrayList<>();
    for (Section section : ElfFile.parse(bytes).sections()) {
      if (section.type() == 4) {
        for (int i = 0; i < 16 && (i + 1L) * RELA <= section.size(); i++) {
          some.addAll(ElfField.rela(section.offset() + (long) i * RELA));
        }
      }
    }
    return some.isEmpty() ? ElfField.header() : some;
  }

  /** The next mutant. */
  byte[] next() {
    file = good.clone();
    what.setLength(0);
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      change();
    }
    return file;
  }

  /** What was changed in the last one. */
  String description() {
    return what.toString();
  }

  private void change() {
    switch (random.nextInt(12)) {
      case 0 -> entries("program headers", 32, 56, PROGRAM_HEADER);
      case 1 -> entries("section headers", 40, 60, SECTION_HEADER);
      case 2 -> length();
      case 3 -> bytes();
      case 4 -> dynamicEntry();
      default -> field();
    }
  }

  private void note(String text) {
    what.append(text).append("; ");
  }

  private void field() {
    List<ElfField> kind = fields.get(Math.min(random.nextInt(6), 4));
    if (kind.isEmpty()) {
      kind = fields.get(1);
    }
    ElfField field = kind.get(random.nextInt(kind.size()));
    if (field.offset() + field.width() > file.length) {
      return;
    }
    long value = value(field);
    note("%s at 0x%x: 0x%x -> 0x%x".formatted(field, field.offset(), field.value(file), value));
    field.set(file, value);
  }

  /** A value that is nearly right, or near a bound, or another field's. */
  private long value(ElfField field) {
    long old = field.value(file);
    return switch (random.nextInt(10)) {
      case 0 -> old + 1 - 2L * random.nextInt(2);
      case 1 -> old ^ 1L << random.nextInt(8 * field.width());
      case 2 -> old + PAGE * (random.nextInt(9) - 4);
      case 3 -> old + 8L * (random.nextInt(17) - 8);
      case 4 -> file.length - random.nextInt(64);
      case 5 -> 0;
      case 6 -> random.nextInt(64);
      case 7 -> -1L >>> random.nextInt(64);
      case 8 -> {
        List<ElfField> other = fields.get(1 + random.nextInt(2));
        ElfField from = other.get(random.nextInt(other.size()));
        yield from.offset() + from.width() <= file.length ? from.value(file) : old;
      }
      default -> random.nextLong();
    };
  }

  /** Two entries of a table change places, or one is there twice, or none. */
  private void entries(String name, int offsetAt, int countAt, int size) {
    Bytes bytes = Bytes.wrap(good);
    long table = bytes.u64(offsetAt);
    int count = bytes.u16(countAt);
    if (count < 2 || table + (long) count * size > file.length) {
      return;
    }
    int from = (int) table + random.nextInt(count) * size;
    int to = (int) table + random.nextInt(count) * size;
    byte[] first = Arrays.copyOfRange(file, from, from + size);
    byte[] second = Arrays.copyOfRange(file, to, to + size);
    int how = random.nextInt(3);
    note("%s at 0x%x and 0x%x: %d".formatted(name, from, to, how));
    System.arraycopy(how == 2 ? new byte[size] : first, 0, file, to, size);
    if (how == 0) {
      System.arraycopy(second, 0, file, from, size);
    }
  }

  private void length() {
    int length =
        random.nextBoolean()
            ? file.length - random.nextInt(Math.min(file.length, 1 << (1 + random.nextInt(16))))
            : file.length + random.nextInt(1 << 14);
    note("length 0x%x".formatted(length));
    file = Arrays.copyOf(file, length);
  }

  private void bytes() {
    int at = random.nextBoolean() ? random.nextInt(0x1000) : random.nextInt(file.length);
    int count = 1 + random.nextInt(24);
    note("%d bytes at 0x%x".formatted(count, at));
    for (int i = at; i < Math.min(at + count, file.length); i++) {
      file[i] = random.nextInt(3) == 0 ? 0 : (byte) random.nextInt(256);
    }
  }

  private void dynamicEntry() {
    List<ElfField> entries = fields.get(3);
    if (entries.isEmpty()) {
      return;
    }
    long[] tags = {
      DynamicTag.INIT,
      DynamicTag.INIT_ARRAY,
      DynamicTag.INIT_ARRAYSZ,
      DynamicTag.PREINIT_ARRAY,
      DynamicTag.PREINIT_ARRAYSZ,
      DynamicTag.RELR,
      DynamicTag.RELRSZ,
      DynamicTag.REL,
      DynamicTag.SONAME,
      DynamicTag.NEEDED,
      DynamicTag.NULL,
      22,
      30
    };
    ElfField tag = entries.get(random.nextInt(entries.size() / 2) * 2);
    if (tag.offset() + tag.width() <= file.length) {
      long value = tags[random.nextInt(tags.length)];
      note("%s: tag 0x%x -> 0x%x".formatted(tag, tag.value(file), value));
      tag.set(file, value);
    }
  }
}
