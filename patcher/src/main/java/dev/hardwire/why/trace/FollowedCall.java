package dev.hardwire.why.trace;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.FilterException;
import dev.hardwire.filter.FilterStack;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.os.Tracing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stops of a thread before and after a call. Filters are read from memory when the thread
 * installs them, so that an error of the kernel is not taken for one of a filter.
 */
final class FollowedCall {
  private static final int ENTRY = 1;
  private static final int EXIT = 2;
  private static final int SET_FILTER = 1;
  private static final int PR_SET_SECCOMP = 22;
  private static final int MODE_FILTER = 2;
  private static final int TSYNC = 1;
  private static final int MOST_INSTRUCTIONS = 4096;

  private final Map<Integer, TracedProcess.Traced> threads;
  private final TracedProcess.Traced thread;
  private final int id;

  FollowedCall(Map<Integer, TracedProcess.Traced> threads, TracedProcess.Traced thread, int id) {
    this.threads = threads;
    this.thread = thread;
    this.id = id;
  }

  /** The call that a filter has answered with an error, at the stop after it. */
  Optional<SeccompData> stop() {
    Optional<ByteBuffer> info = Tracing.callInfo(id);
    if (info.isEmpty()) {
      return Optional.empty();
    }
    int kind = info.get().get(0);
    if (kind == ENTRY) {
      enter(info.get());
      return Optional.empty();
    }
    Optional<SeccompData> call = thread.call;
    thread.call = Optional.empty();
    if (kind != EXIT || call.isEmpty()) {
      return Optional.empty();
    }
    long result = info.get().getLong(24);
    boolean isSeccomp =
        Target.ofAuditNumber(call.get().arch())
            .flatMap(target -> SyscallTable.of(target).name(call.get().nr()))
            .filter("seccomp"::equals)
            .isPresent();
    installed(result, isSeccomp && (call.get().args().get(1) & TSYNC) != 0);
    return call.filter(made -> isFiltersAnswer(made, result));
  }

  private void enter(ByteBuffer info) {
    long arch = info.getInt(4) & 0xffff_ffffL;
    List<Long> arguments = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      arguments.add(info.getLong(32 + i * Long.BYTES));
    }
    SeccompData call =
        new SeccompData(
            info.getLong(24) & 0xffff_ffffL,
            arch,
            info.getLong(8),
            arguments,
            java.nio.ByteOrder.nativeOrder());
    thread.call = Optional.of(call);
    thread.installing = Target.ofAuditNumber(arch).flatMap(target -> filter(call, target));
  }

  private Optional<Filter> filter(SeccompData call, Target target) {
    String name = SyscallTable.of(target).name(call.nr()).orElse("");
    boolean sets =
        (name.equals("seccomp") && call.args().get(0) == SET_FILTER)
            || (name.equals("prctl")
                && call.args().get(0) == PR_SET_SECCOMP
                && call.args().get(1) == MODE_FILTER);
    if (!sets) {
      return Optional.empty();
    }
    int word = target.elfClass().wordSize();
    try (Tracing.Memory memory = new Tracing.Memory(id)) {
      Bytes structure = Bytes.wrap(memory.read(call.args().get(2), 2 * word));
      int count = structure.u16(0);
      long address = word == Long.BYTES ? structure.u64(word) : structure.u32(word);
      return count == 0 || count > MOST_INSTRUCTIONS
          ? Optional.empty()
          : Optional.of(
              Filter.decode(
                  Bytes.wrap(memory.read(address, count * Filter.INSTRUCTION_SIZE))
                      .withOrder(target.order())));
    } catch (IOException | BytesException | FilterException unreadable) {
      return Optional.empty();
    }
  }

  private void installed(long result, boolean synchronizes) {
    Optional<Filter> filter = thread.installing;
    thread.installing = Optional.empty();
    if (result != 0 || filter.isEmpty()) {
      return;
    }
    List<Filter> filters = new ArrayList<>(thread.filters);
    filters.add(filter.get());
    thread.filters = List.copyOf(filters);
    if (synchronizes) {
      threads.values().stream()
          .filter(other -> other.process.number == thread.process.number)
          .forEach(other -> other.filters = thread.filters);
    }
  }

  private boolean isFiltersAnswer(SeccompData call, long result) {
    if (thread.filters.isEmpty()) {
      return false;
    }
    Verdict verdict = new FilterStack(thread.filters).run(call).verdict();
    return verdict.action() == Verdict.ERRNO && result == -verdict.data();
  }
}
