package dev.hardwire.elf.note;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.generated.HardwireNote;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The policy that a patched file enforces.
 *
 * @param text the canonical policy text
 * @param sha256 the digest that the note states for it; a reader checks it with {@link #isIntact}
 */
public record PolicyNote(String text, Bytes sha256) {
  public static final long TYPE = 0x48570001L;
  private static final int FIXED_SIZE = 40;

  /** The note of a policy text, with its digest. */
  public static PolicyNote of(String text) {
    return new PolicyNote(text, Bytes.wrap(text.getBytes(StandardCharsets.UTF_8)).sha256());
  }

  /** Whether the text has the stated digest. */
  public boolean isIntact() {
    return of(text).sha256.equals(sha256);
  }

  /** Of the descriptor, in bytes; a multiple of 8. */
  int size() {
    int size = Math.addExact(FIXED_SIZE, text.getBytes(StandardCharsets.UTF_8).length);
    return Math.addExact(size, Math.floorMod(-size, Long.BYTES));
  }

  public Bytes encode(ByteOrder order) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return new ByteWriter(order, size())
        .u32(HardwireNotes.VERSION)
        .u32(utf8.length)
        .bytes(sha256)
        .bytes(utf8)
        .align(Long.BYTES)
        .toBytes();
  }

  static PolicyNote decode(Bytes desc, long fileOffset) {
    NoteReading reading = new NoteReading(desc, fileOffset, "policy note");
    reading.requireSize(FIXED_SIZE);
    reading.requireVersion(desc.u32(0), 0);
    reading.require(desc.u32(4) <= desc.size() - FIXED_SIZE, 4, "the text ends past the note");
    var raw = reading.parse(HardwireNote.Body.Policy::new);
    return new PolicyNote(
        new String(raw.text(), StandardCharsets.UTF_8), Bytes.copyOf(raw.sha256()));
  }
}
