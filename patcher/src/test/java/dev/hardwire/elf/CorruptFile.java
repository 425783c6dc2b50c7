package dev.hardwire.elf;

import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A 64-bit file whose fields a test sets by name. */
public final class CorruptFile {
  private byte[] file;

  private CorruptFile(byte[] file) {
    this.file = file;
  }

  /** A fixture as it is. */
  public static CorruptFile of(String fixture) {
    return new CorruptFile(Patching.fixture(fixture));
  }

  /** Bytes of any origin. */
  public static CorruptFile of(Bytes file) {
    return new CorruptFile(file.toArray());
  }

  /** A fixture that has been patched with the init hook. */
  public static CorruptFile patched(String fixture) {
    ElfFile elf = ElfFile.parse(Bytes.wrap(Patching.fixture(fixture)));
    return of(Patching.patch(elf, Hook.INIT));
  }

  /**
   * A field by its name, such as {@code e_type}, {@code phdr[2].p_offset}, {@code dyn[0].d_tag}.
   */
  public ElfField field(String name) {
    Bytes bytes = bytes();
    List<ElfField> all = new ArrayList<>(ElfField.header());
    if (name.startsWith("phdr")) {
      all = ElfField.programHeaders(bytes);
    } else if (name.startsWith("shdr")) {
      all = ElfField.sections(bytes);
    } else if (name.startsWith("dyn")) {
      all = ElfField.dynamic(bytes);
    }
    return all.stream()
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no field " + name));
  }

  public CorruptFile set(String name, long value) {
    field(name).set(file, value);
    return this;
  }

  /** Sets the value of the first dynamic entry with a tag. */
  public CorruptFile setDynamic(long tag, long value) {
    return set(dynamic(tag) + ".d_val", value);
  }

  /** The name of the first dynamic entry with a tag, such as {@code dyn[3]}. */
  public String dynamic(long tag) {
    return ElfField.dynamic(bytes()).stream()
        .filter(field -> field.name().endsWith("d_tag") && field.value(file) == tag)
        .map(field -> field.name().replace(".d_tag", ""))
        .findFirst()
        .orElseThrow();
  }

  /** Writes bytes at a file offset. */
  public CorruptFile put(long offset, Bytes bytes) {
    System.arraycopy(bytes.toArray(), 0, file, (int) offset, (int) bytes.size());
    return this;
  }

  public CorruptFile flip(int offset) {
    file[offset] ^= 1;
    return this;
  }

  /** Leaves {@code size} bytes. */
  public CorruptFile cutTo(long size) {
    file = Arrays.copyOf(file, (int) size);
    return this;
  }

  public CorruptFile zero(long offset, long size) {
    Arrays.fill(file, (int) offset, (int) (offset + size), (byte) 0);
    return this;
  }

  public long size() {
    return file.length;
  }

  public Bytes bytes() {
    return Bytes.copyOf(file);
  }
}
