package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Makes setup programs. The order inside one is fixed: no_new_privs first, filters last, so that no
 * step has to be allowed by the filter.
 */
public final class SetupCompiler {
  private static final int PR_SET_NAME = 15;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
  private static final int SECCOMP_FILTER_FLAG_LOG = 2;
  private static final String NOT_STARTED = "so the program was not started";
  private static final String NOT_BEGUN =
      "so the phase \"%s\" could not begin, and the program is ended";

  private static final String PHASE_FAILED =
      "hardwire: the phase \"%s\" could not begin, so the program is ended;"
          + " seccomp(SECCOMP_SET_MODE_FILTER) returned ";

  private final Target machine;
  private final SetupWriter writer;

  private SetupCompiler(Target machine, String consequence) {
    this.machine = machine;
    this.writer = new SetupWriter(machine, consequence);
  }

  /**
   * The program that applies a policy to every thread of the process.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public static SetupProgram compile(Target machine, Policy policy) {
    return compile(machine, policy, FilterCompiler.compile(policy, machine));
  }

  /** The same, with the policy's filter, which is compiled already. */
  public static SetupProgram compile(Target machine, Policy policy, Filter filter) {
    return new SetupCompiler(machine, NOT_STARTED).program(policy, filter);
  }

  /**
   * The same, after giving the process a name for {@code ps} and the kernel's log.
   *
   * @param name the kernel cuts it to 15 bytes (PR_SET_NAME, prctl(2))
   */
  public static SetupProgram compile(Target machine, Policy policy, String name) {
    SetupCompiler compiler = new SetupCompiler(machine, NOT_STARTED);
    compiler.name(name);
    return compiler.program(policy, FilterCompiler.compile(policy, machine));
  }

  /**
   * What begins the phases of a policy, in its order.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public static List<PhaseProgram> phases(Target machine, Policy policy) {
    return phases(machine, policy, filters(machine, policy));
  }

  private static List<Filter> filters(Target machine, Policy policy) {
    return policy.phases().stream()
        .map(phase -> FilterCompiler.compile(ResolvedPolicy.of(policy, phase, machine)))
        .toList();
  }

  /** The same, with the filters of the phases, which are compiled already. */
  public static List<PhaseProgram> phases(Target machine, Policy policy, List<Filter> filters) {
    List<PhaseProgram> programs = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      Phase phase = policy.phases().get(i);
      SetupCompiler compiler = new SetupCompiler(machine, NOT_BEGUN.formatted(phase.name()));
      programs.add(new PhaseProgram(phase, compiler.phase(policy, phase, filters.get(i))));
    }
    return programs;
  }

  /**
   * No other calls than that of {@link #seccomp} and those of Landlock: the policy may deny every
   * other one.
   */
  private SetupProgram phase(Policy policy, Phase phase, Filter filter) {
    phase.landlock().ifPresent(landlock -> LandlockSteps.writeInPhase(writer, landlock));
    Bytes code = filter.encode(machine.order());
    Argument[] arguments = arguments(policy.log(), SetupWriter.value(phase.mark()));
    Argument instructions = writer.structure(code);
    probe(arguments);
    store(instructions, code);
    writer.add(
        writer.number("seccomp"),
        Step.Failure.NON_ZERO,
        writer.message(PHASE_FAILED.formatted(phase.name())),
        arguments);
    return writer.program(false);
  }

  private SetupProgram program(Policy policy, Filter filter) {
    if (policy.noNewPrivs()) {
      noNewPrivs();
    }
    PhaseKernel.require(writer, policy.phases());
    if (policy.landlock().isPresent()) {
      LandlockSteps.write(writer, policy.landlock().get());
    }
    if (policy.limits().isPresent()) {
      LimitSteps.write(writer, policy.limits().get());
    }
    if (policy.capabilities().isPresent()) {
      CapabilitySteps.write(writer, policy.capabilities().get());
    }
    seccomp(filter.encode(machine.order()), policy.log());
    return writer.program(policy.seal());
  }

  private void name(String name) {
    Argument text = writer.string(name.getBytes(StandardCharsets.ISO_8859_1));
    call(writer.number("prctl"), "prctl(PR_SET_NAME)", Step.Failure.NEVER, PR_SET_NAME, text);
  }

  private void noNewPrivs() {
    call(
        writer.number("prctl"),
        "prctl(PR_SET_NO_NEW_PRIVS)",
        Step.Failure.NON_ZERO,
        PR_SET_NO_NEW_PRIVS,
        SetupWriter.value(1));
  }

  private void call(
      int number, String name, Step.Failure failure, int operation, Argument argument) {
    writer.call(number, name, failure, SetupWriter.value(operation), argument);
  }

  /**
   * Installs the filter. Before that, the same call is made with a struct sock_fprog of length 0,
   * which the kernel answers with EINVAL. A filter outside the program sees no difference between
   * the two calls, so one that answers them with 0 and makes neither is found out.
   */
  private void seccomp(Bytes filter, boolean log) {
    Argument[] arguments = arguments(log);
    Argument instructions = writer.structure(filter);
    probe(arguments);
    store(instructions, filter);
    writer.call(
        writer.number("seccomp"),
        "seccomp(SECCOMP_SET_MODE_FILTER)",
        Step.Failure.NON_ZERO,
        arguments);
  }

  private void probe(Argument... arguments) {
    writer.probe(writer.number("seccomp"), "seccomp", arguments);
  }

  private static Argument[] arguments(boolean log, Argument... more) {
    List<Argument> all = new ArrayList<>();
    all.add(SetupWriter.value(SECCOMP_SET_MODE_FILTER));
    all.add(SetupWriter.value(SECCOMP_FILTER_FLAG_TSYNC | (log ? SECCOMP_FILTER_FLAG_LOG : 0)));
    all.add(new Argument.ScratchPointer(0));
    all.addAll(List.of(more));
    return all.toArray(new Argument[0]);
  }

  /** Makes a struct sock_fprog: the 16-bit length, and one word behind it the pointer. */
  private void store(Argument instructions, Bytes filter) {
    long length = filter.size() / Filter.INSTRUCTION_SIZE;
    writer.store(
        new Step.Word(new Argument.Value(FilterLength.word(machine, length)), 0),
        new Step.Word(instructions, machine.elfClass().wordSize()));
  }

  /**
   * The steps of {@code limits:}: setrlimit(2), prctl(2), close_range(2).
   *
   * <p>Each call is made with arguments that the kernel refuses (EINVAL) before it is made for
   * real, so that a filter outside which answers it with success is found out.
   */
  private static final class LimitSteps {
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
            writer.number("prlimit64"),
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
          writer.number("prctl"),
          "limit " + name,
          Step.Failure.NON_ZERO,
          SetupWriter.value(operation),
          SetupWriter.value(argument));
    }

    private void probe(String call, long first, long second) {
      writer.probe(writer.number(call), call, SetupWriter.value(first), SetupWriter.value(second));
    }

    private void close(long first, long last) {
      if (first <= last) {
        writer.call(
            writer.number("close_range"),
            "limit close-from",
            Step.Failure.NON_ZERO,
            SetupWriter.value(first),
            SetupWriter.value(last));
      }
    }
  }
}
