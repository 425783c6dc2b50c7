package dev.hardwire.why.trace;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.os.Tracing;
import dev.hardwire.why.CallTexts;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Ending;
import dev.hardwire.why.code.Registers;
import dev.hardwire.why.code.StackWalk;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A thread that is stopped, with its registers and memory. */
final class Stop {
  private static final int LONGEST_TEXT = 256;

  private final TracedProcess process;
  private final int thread;

  Stop(TracedProcess process, int thread) {
    this.process = process;
    this.thread = thread;
  }

  /** Its registers; empty if it is gone, or of another architecture. */
  Optional<Registers> registers() {
    byte[] bytes = Tracing.registers(thread);
    for (Target target : List.of(Target.X86_64, Target.I386)) {
      if (bytes.length == Registers.size(target)) {
        return Optional.of(Registers.of(target, Bytes.wrap(bytes)));
      }
    }
    return Optional.empty();
  }

  /**
   * The call that its registers have; empty if the thread is gone.
   *
   * @param architecture an AUDIT_ARCH_ value: whose calls it is one of
   */
  Optional<DeniedCall> call(Ending ending, long architecture, long number) {
    Optional<Target> target = Target.ofAuditNumber(architecture);
    return target.isEmpty()
        ? Optional.empty()
        : registers().flatMap(found -> call(ending, found.call(target.get(), number)));
  }

  /** A call with the place where it was made; empty if the thread is gone. */
  Optional<DeniedCall> call(Ending ending, SeccompData data) {
    Optional<Registers> registers = registers();
    if (registers.isEmpty()) {
      return Optional.empty();
    }
    try (LiveMemory memory = new LiveMemory(thread, process.executable, process.shown)) {
      return Optional.of(
          new DeniedCall(
              process.shown,
              process.number,
              thread,
              ending,
              data,
              true,
              CallTexts.of(data, address -> memory.text(address, LONGEST_TEXT)),
              StackWalk.of(memory, registers.get()),
              Optional.empty()));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
