package dev.hardwire.live.truth;

import dev.hardwire.bytes.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** A file that is being changed, with the source of chance and a record of the changes. */
final class Draft {
  private static final long PAGE = 0x1000;

  final Anatomy anatomy;
  final Random random;
  private final byte[] file;
  private final StringBuilder changes = new StringBuilder();

  Draft(Anatomy anatomy, Random random) {
    this.anatomy = anatomy;
    this.random = random;
    this.file = anatomy.elf.bytes().toArray();
  }

  Bytes bytes() {
    return Bytes.copyOf(file);
  }

  /** What was changed, for people. */
  String changes() {
    return changes.toString();
  }

  int word() {
    return anatomy.word;
  }

  /** A number in the byte order of the file. */
  long get(int offset, int width) {
    if (offset < 0 || offset + width > file.length) {
      return 0;
    }
    long value = 0;
    for (int i = width - 1; i >= 0; i--) {
      value = value << 8 | (file[offset + place(i, width)] & 0xff);
    }
    return value;
  }

  /** Where a byte of a number is, counted from the lowest. */
  private int place(int index, int width) {
    return anatomy.isBig ? width - 1 - index : index;
  }

  long get(int offset) {
    return get(offset, word());
  }

  void set(int offset, int width, long value, String what) {
    if (offset < 0 || offset + width > file.length) {
      return;
    }
    changes
        .append(what)
        .append(" at 0x%x: 0x%x -> 0x%x; ".formatted(offset, get(offset, width), value));
    for (int i = 0; i < width; i++) {
      file[offset + place(i, width)] = (byte) (value >>> (8 * i));
    }
  }

  void set(int offset, long value, String what) {
    set(offset, word(), value, what);
  }

  byte[] copy(int offset, int size) {
    byte[] bytes = new byte[size];
    System.arraycopy(file, offset, bytes, 0, Math.max(0, Math.min(size, file.length - offset)));
    return bytes;
  }

  void put(int offset, byte[] bytes, String what) {
    if (offset >= 0 && offset + bytes.length <= file.length) {
      changes.append(what).append(" at 0x%x; ".formatted(offset));
      System.arraycopy(bytes, 0, file, offset, bytes.length);
    }
  }

  void put(int offset, String text, String what) {
    put(offset, (text + "\0").getBytes(StandardCharsets.US_ASCII), what + " \"" + text + "\"");
  }

  /** Exchanges two entries, writes one over the other, or clears one. */
  void entries(List<Integer> table, int size, String what) {
    if (table.isEmpty()) {
      return;
    }
    int from = pick(table);
    int to = pick(table);
    byte[] first = copy(from, size);
    byte[] second = copy(to, size);
    switch (random.nextInt(5)) {
      case 0, 1 -> {
        put(to, first, what + " exchanged");
        put(from, second, what + " exchanged");
      }
      case 2, 3 -> put(to, first, what + " repeated");
      default -> put(to, new byte[size], what + " cleared");
    }
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  long pick(long... all) {
    return all[random.nextInt(all.length)];
  }

  /** The address of something in the file, or near it. */
  long address() {
    long found =
        chance(45)
            ? pick(anatomy.functions)
            : anatomy.addresses.isEmpty() ? 0 : pick(anatomy.addresses);
    if (chance(25)) {
      found += word() * (random.nextInt(9) - 4L);
    } else if (chance(5)) {
      found += random.nextInt(64) - 32L;
    }
    return found;
  }

  /** A function that tells where it is called from. */
  long function() {
    return pick(anatomy.functions);
  }

  /** A value that is nearly another. */
  long near(long old) {
    return switch (random.nextInt(14)) {
      case 0 -> old + 1;
      case 1 -> old - 1;
      case 2, 3 -> old + word();
      case 4, 5 -> old - word();
      case 6 -> old + 3L * word();
      case 7 -> old - 3L * word();
      case 8 -> 0;
      case 9 -> old * 2;
      case 10 -> old + (1L << 32);
      case 11 -> old ^ 1L << random.nextInt(8 * word());
      case 12 -> old + PAGE * (random.nextInt(9) - 4L);
      default -> random.nextInt(256);
    };
  }
}
