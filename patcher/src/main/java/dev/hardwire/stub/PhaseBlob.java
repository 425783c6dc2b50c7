package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.Phase;
import java.util.ArrayList;
import java.util.List;

/**
 * A blob of its own behind that of the start: header, stub and setup program of a phase, and the
 * veneer if it begins with the first call of a function.
 *
 * @param phase of the policy
 * @param blob header, code, records and data
 * @param offset in bytes from the blob of the start
 */
public record PhaseBlob(Phase phase, Blob blob, long offset) {
  /**
   * The blobs of phases.
   *
   * @param start the end of what is before them, in bytes from the blob of the start
   */
  public static List<PhaseBlob> behind(Target machine, long start, List<PhaseProgram> phases) {
    List<PhaseBlob> all = new ArrayList<>();
    long offset = start;
    for (PhaseProgram one : phases) {
      PhaseBlob next = new PhaseBlob(one.phase(), new Blob(machine, one.program()), offset);
      all.add(next);
      offset = next.end();
    }
    return all;
  }

  private Target machine() {
    return blob.machine();
  }

  /** Whether the phase begins with the first call of a function. */
  public boolean hasVeneer() {
    return phase.function().isPresent();
  }

  /** The first byte behind it, in bytes from the blob of the start. */
  public long end() {
    return veneerOffset() + (hasVeneer() ? Veneer.SIZE : 0);
  }

  /** Of the code to which the PLT entry leads, in bytes from the blob of the start. */
  public long veneerOffset() {
    return offset + blob.size();
  }

  /** Of the code to which the veneer or the init array leads, from the blob of the start. */
  public long entryOffset() {
    Hook hook = hasVeneer() ? Hook.INIT : Hook.POST_INIT;
    return offset + BlobHeader.SIZE + StubCode.of(machine()).entryOffset(hook);
  }

  /**
   * The bytes of the blob, without the veneer.
   *
   * @param start virtual address of the blob of the start
   * @param target virtual address at which the stub goes on
   * @param segmentSize bytes from the blob of the start to the end of its segment
   */
  public Bytes encode(long start, long target, long segmentSize) {
    return blob.encode(target - (start + offset), segmentSize - offset);
  }
}
