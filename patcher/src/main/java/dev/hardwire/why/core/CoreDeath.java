package dev.hardwire.why.core;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.why.CallTexts;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Ending;
import dev.hardwire.why.code.Registers;
import dev.hardwire.why.code.StackWalk;
import java.util.Optional;
import java.util.function.Function;

/** The denied call that a core file was written for. */
public final class CoreDeath {
  private static final long NT_PRSTATUS = 1;
  private static final long NT_SIGINFO = 0x53494749L;
  private static final int SIGSYS = 31;
  private static final int SECCOMP_CODE = 1;
  private static final int LONGEST_TEXT = 256;

  private CoreDeath() {}

  /**
   * Reads a core file.
   *
   * @param files the contents of files that the process had in memory, by their paths
   * @throws CoreException if it is none, is damaged, or the program died of something else
   */
  public static DeniedCall of(Bytes file, Function<String, Optional<Bytes>> files) {
    CoreFile core = CoreFile.of(file);
    try {
      return of(core, files);
    } catch (BytesException e) {
      throw new CoreException("the core file is damaged (%s)".formatted(e.getMessage()));
    }
  }

  private static DeniedCall of(CoreFile core, Function<String, Optional<Bytes>> files) {
    Target target = core.target();
    boolean wide = target.elfClass().wordSize() == Long.BYTES;
    Bytes status =
        core.note(NT_PRSTATUS)
            .orElseThrow(() -> new CoreException("the core file has no registers (NT_PRSTATUS)"));
    Registers registers =
        Registers.of(target, status.slice(wide ? 112 : 72, Registers.size(target)));
    long thread = status.u32(wide ? 32 : 24);
    int signal = status.u16(12);
    Target made = target;
    long number = registers.number();
    Optional<Bytes> info = core.note(NT_SIGINFO);
    if (info.isPresent()) {
      signal = (int) info.get().u32(0);
      requireSignal(signal);
      int code = (int) info.get().u32(8);
      if (code != SECCOMP_CODE) {
        throw CoreException.otherDeath(
            "the program died of SIGSYS, but not of a filter's (si_code %d)".formatted(code));
      }
      number = info.get().u32(wide ? 24 : 16);
      long audit = info.get().u32(wide ? 28 : 20);
      made =
          Target.ofAuditNumber(audit)
              .orElseThrow(
                  () ->
                      new CoreException(
                          "the call is one of an unknown architecture (0x%x)".formatted(audit)));
    }
    requireSignal(signal);
    CoreMemory memory = new CoreMemory(core, files);
    SeccompData call = registers.call(made, number);
    return new DeniedCall(
        memory.program(),
        thread,
        thread,
        Ending.KILLED,
        call,
        true,
        CallTexts.of(call, address -> memory.text(address, LONGEST_TEXT)),
        StackWalk.of(memory, registers),
        Optional.empty());
  }

  private static void requireSignal(int signal) {
    if (signal != SIGSYS) {
      throw CoreException.otherDeath(
          "no filter ended the program: it died of signal %d, not of SIGSYS (31)"
              .formatted(signal));
    }
  }
}
