package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Hook;
import dev.hardwire.resource.Resources;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The assembled stub of one architecture, as {@code stub-asm/build.sh} makes it.
 *
 * <p>Invariant: the code is position-independent, has no relocations, and expects the blob header
 * directly before it. Its first byte is the entry that runs the list and then jumps to the replaced
 * code; the entry that calls the replaced code first is {@value #POST_ENTRY} bytes later.
 */
public final class StubCode {
  private static final int POST_ENTRY = 64;
  private static final long CIE_ID = 0xffff_ffffL;
  private static final Map<Target, StubCode> ALL = new ConcurrentHashMap<>();

  private final Target machine;
  private final Bytes code;
  private final Bytes cfi;

  private StubCode(Target machine) {
    this.machine = machine;
    this.code = resource(machine.id() + ".stub").withOrder(machine.order());
    this.cfi = resource(machine.id() + ".cfi").withOrder(machine.order());
  }

  public static StubCode of(Target machine) {
    return ALL.computeIfAbsent(machine, StubCode::new);
  }

  /**
   * The code of the shared library that runs setup programs: {@code stub-asm/library.c}. It expects
   * the blob header directly before it, and its first byte is the function for DT_INIT.
   */
  public static Bytes library(Target machine) {
    return resource(machine.id() + ".library").withOrder(machine.order());
  }

  /**
   * The code of the launcher: {@code stub-asm/launcher.c}. It expects the blob header directly
   * before it, and starts at its first byte.
   */
  public static Bytes launcher(Target machine) {
    return resource(machine.id() + ".launcher").withOrder(machine.order());
  }

  /**
   * The code of the loader of the hook {@code first}: {@code stub-asm/first.c}. It expects a blob
   * header of its own directly before it.
   */
  static Bytes loader(Target machine) {
    return resource(machine.id() + ".first").withOrder(machine.order());
  }

  private static Bytes resource(String name) {
    return Bytes.wrap(Resources.bytes(StubCode.class, name));
  }

  public Bytes code() {
    return code;
  }

  /** The entry for a hook, in bytes from the start of the code. */
  public int entryOffset(Hook hook) {
    return hook == Hook.POST_INIT ? POST_ENTRY : 0;
  }

  /** Bytes of {@link #debugFrame}. */
  public long debugFrameSize() {
    return cfi.size();
  }

  /**
   * The contents of a {@code .debug_frame} section for the code at a virtual address (DWARF 5
   * section 6.4.1): the assembler's output with every FDE's initial location moved from 0.
   */
  public Bytes debugFrame(long codeAddress) {
    int word = machine.elfClass().wordSize();
    ByteWriter writer = new ByteWriter(machine.order());
    for (long at = 0; at < cfi.size(); ) {
      long length = 4 + cfi.u32(at);
      if (cfi.u32(at + 4) == CIE_ID) {
        writer.bytes(cfi.slice(at, length));
      } else {
        writer.bytes(cfi.slice(at, 8));
        if (word == 4) {
          writer.u32(cfi.u32(at + 8) + codeAddress);
        } else {
          writer.u64(cfi.u64(at + 8) + codeAddress);
        }
        writer.bytes(cfi.slice(at + 8 + word, length - 8 - word));
      }
      at += length;
    }
    return writer.toBytes();
  }
}
