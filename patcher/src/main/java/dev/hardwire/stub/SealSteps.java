package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.elf.ProgramHeader;
import dev.hardwire.elf.SegmentType;
import dev.hardwire.policy.Hook;
import dev.hardwire.stub.SetupWriter.Skip;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The steps of {@code seal: true}: mseal(2) for the segments of a program that cannot be written
 * to, the blob among them, and for what the dynamic linker has made read-only (PT_GNU_RELRO).
 *
 * <p>Kernels before 6.10 answer with ENOSYS, which is accepted. The kernel takes whole pages, whose
 * size differs on some architectures: a start that is no page's is refused, so the smallest pages
 * are tried first. The end of PT_GNU_RELRO is rounded down to the largest pages, as dynamic linkers
 * do with those of the kernel.
 */
public final class SealSteps {
  private static final int SMALLEST_PAGE = 4096;
  private static final int STEP_OF_PAGES = 4;

  /** Where the answer of the first call is kept. */
  private static final int ANSWER = 56;

  /** The low 32 bits of the answer of a kernel without the call. */
  static final Argument ENOSYS = SetupWriter.value(0xffff_ffdaL);

  private final SetupWriter writer;
  private final long blobAddress;
  private final int mseal;
  private final SetupWriter.Message failed;

  private SealSteps(Target machine, long blobAddress) {
    this.writer = new SetupWriter(machine, "so the program was not started");
    this.blobAddress = blobAddress;
    this.mseal = writer.number("mseal");
    this.failed =
        writer.message(
            "hardwire: mseal failed, so the program was not started; the call returned ");
  }

  /**
   * A setup program with these steps before all others, if it seals.
   *
   * @param segments the program headers of the patched file
   * @param blobAddress virtual address of the blob
   * @param hook at which the program runs; empty for a library that the program needs
   */
  public static SetupProgram added(
      SetupProgram program,
      Target machine,
      List<ProgramHeader> segments,
      long blobAddress,
      Optional<Hook> hook) {
    if (!program.seals()) {
      return program;
    }
    SealSteps steps = new SealSteps(machine, blobAddress);
    steps.write(segments, hook);
    SetupProgram first = steps.writer.program(false);
    List<Step> all = new ArrayList<>();
    for (Step step : first.steps()) {
      all.add(shifted(step, program.data().size()));
    }
    all.addAll(program.steps());
    ByteWriter data = new ByteWriter(machine.order());
    return new SetupProgram(all, data.bytes(program.data()).bytes(first.data()).toBytes());
  }

  private static Step shifted(Step step, long by) {
    if (!(step instanceof Step.SystemCall call)) {
      return step;
    }
    List<Argument> arguments = new ArrayList<>();
    for (Argument argument : call.arguments()) {
      arguments.add(
          argument instanceof Argument.DataPointer pointer
              ? new Argument.DataPointer(pointer.bits() + by)
              : argument);
    }
    return new Step.SystemCall(
        call.number(),
        arguments,
        call.resultWord(),
        call.failure(),
        call.skipOnFailure(),
        call.skipOnSuccess(),
        call.messageOffset() + by,
        call.messageLength());
  }

  private void write(List<ProgramHeader> segments, Optional<Hook> hook) {
    int probe =
        writer.add(
            mseal,
            writer.word(ANSWER),
            Step.Failure.ERROR,
            writer.noMessage(),
            new Argument.ImagePointer(0),
            SetupWriter.value(SMALLEST_PAGE),
            SetupWriter.value(1)); // no flag is known
    writer.set(new Skip(probe, false), 1);
    writer.stop(
        writer.message(
            "hardwire: a filter outside this program fakes mseal, so the program was not"
                + " started\n"));
    List<Skip> offered = new ArrayList<>(List.of(writer.compare(ANSWER, ENOSYS.bits())));
    List<Skip> missing = new ArrayList<>(List.of(writer.jump()));
    writer.land(offered);
    boolean isDynamic = false;
    for (ProgramHeader segment : segments) {
      isDynamic |= segment.type() == SegmentType.INTERP;
    }
    // the start code of a static program makes it read-only, after the hook at its entry; under the
    // hook first, the dynamic linker has not run yet
    boolean relro =
        !hook.equals(Optional.of(Hook.FIRST))
            && (isDynamic || !hook.equals(Optional.of(Hook.ENTRY)));
    long page = writer.machine().pageSize();
    for (ProgramHeader segment : segments) {
      if (segment.isLoad() && !segment.isWritable()) {
        seal(segment.vaddr(), segment.memoryEnd(), missing);
      } else if (segment.type() == SegmentType.GNU_RELRO && relro) {
        seal(segment.vaddr(), segment.memoryEnd() & -page, missing);
      }
    }
    writer.land(missing);
  }

  /** Tries each size of pages; the last failure counts. */
  private void seal(long start, long end, List<Skip> missing) {
    if (start >= end) {
      return;
    }
    List<Skip> done = new ArrayList<>();
    long largest = writer.machine().pageSize();
    for (long page = SMALLEST_PAGE; page <= largest; page *= STEP_OF_PAGES) {
      long from = start & -page;
      writer.extend(missing, 3);
      int call =
          writer.add(
              mseal,
              Step.Failure.NON_ZERO,
              failed,
              new Argument.ImagePointer(from - blobAddress),
              SetupWriter.value(end - from));
      if (page < largest) {
        writer.set(new Skip(call, false), 1);
        done.add(writer.jump());
      }
    }
    writer.land(done);
  }
}
