package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.policy.Limits;
import java.util.OptionalLong;

/**
 * The steps of {@code limits:}: setrlimit(2), prctl(2), close_range(2).
 *
 * <p>Each call is made with arguments that the kernel refuses (EINVAL) before it is made for real,
 * so that a filter outside which answers it with success is found out.
 */
final class LimitSteps {
  private static final int RLIMIT_FSIZE = 1;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_NOFILE = 7;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_SET_MDWE = 65;
  private static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;
  private static final int NO_RESOURCE = 0xffff;
  private static final int NO_FLAG = 0x4000;
  private static final long LAST_DESCRIPTOR = 0xffff_ffffL;

  private final SetupWriter writer;

  private LimitSteps(SetupWriter writer) {
    this.writer = writer;
  }

  static void write(SetupWriter writer, Limits limits) {
    LimitSteps steps = new LimitSteps(writer);
    if (limits.core().isPresent()
        || limits.fileSize().isPresent()
        || limits.openFiles().isPresent()) {
      steps.probe("prlimit64", 0, NO_RESOURCE);
    }
    steps.limit("core", RLIMIT_CORE, limits.core());
    steps.limit("file-size", RLIMIT_FSIZE, limits.fileSize());
    steps.limit("open-files", RLIMIT_NOFILE, limits.openFiles());
    if (!limits.dumpable()) {
      steps.prctl("dumpable", PR_SET_DUMPABLE, 0);
    }
    if (limits.noWriteExecute()) {
      steps.prctl("no-write-execute", PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN);
    }
    if (limits.closeFrom().isPresent()) {
      steps.probe("close_range", 1, 0);
      long first = limits.closeFrom().getAsInt();
      for (int kept : limits.keep()) {
        steps.close(first, kept - 1L);
        first = kept + 1L;
      }
      steps.close(first, LAST_DESCRIPTOR);
    }
  }

  private void limit(String name, int resource, OptionalLong limit) {
    if (limit.isPresent()) {
      ByteWriter both = new ByteWriter(writer.machine().order());
      Argument structure =
          writer.structure(both.u64(limit.getAsLong()).u64(limit.getAsLong()).toBytes());
      writer.call(
          writer.calls().number("prlimit64"),
          "limit " + name,
          Step.Failure.NON_ZERO,
          SetupWriter.value(0),
          SetupWriter.value(resource),
          structure);
    }
  }

  private void prctl(String name, int operation, int argument) {
    probe("prctl", operation, NO_FLAG);
    writer.call(
        writer.calls().prctl(),
        "limit " + name,
        Step.Failure.NON_ZERO,
        SetupWriter.value(operation),
        SetupWriter.value(argument));
  }

  private void probe(String call, long first, long second) {
    writer.probe(
        writer.calls().number(call),
        "hardwire: a filter outside this program fakes "
            + call
            + ", so the program was not started\n",
        SetupWriter.value(first),
        SetupWriter.value(second));
  }

  private void close(long first, long last) {
    if (first <= last) {
      writer.call(
          writer.calls().number("close_range"),
          "limit close-from",
          Step.Failure.NON_ZERO,
          SetupWriter.value(first),
          SetupWriter.value(last));
    }
  }
}
