package dev.hardwire.stub;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.elf.note.RawRecord;
import dev.hardwire.policy.Policy;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.compile.FilterCompiler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

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
  private static final int STDERR = 2;
  private static final String FAKED =
      "hardwire: a filter outside this program fakes seccomp, so the program was not started\n";

  private final Target machine;
  private final SetupCalls calls;
  private final ByteWriter data;
  private final List<Step> steps = new ArrayList<>();

  private SetupCompiler(Target machine) {
    this.machine = machine;
    this.calls = SetupCalls.of(machine);
    this.data = new ByteWriter(machine.order());
  }

  /**
   * The program that applies a policy to every thread of the process.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public static SetupProgram compile(Target machine, Policy policy) {
    return new SetupCompiler(machine).compile(policy);
  }

  /**
   * The same, after giving the process a name for {@code ps} and the kernel's log.
   *
   * @param name the kernel cuts it to 15 bytes (PR_SET_NAME, prctl(2))
   */
  public static SetupProgram compile(Target machine, Policy policy, String name) {
    SetupCompiler compiler = new SetupCompiler(machine);
    compiler.name(name);
    return compiler.compile(policy);
  }

  private SetupProgram compile(Policy policy) {
    if (policy.noNewPrivs()) {
      noNewPrivs();
    }
    Filter filter = FilterCompiler.compile(policy, machine);
    seccomp(filter.encode(machine.order()), policy.log());
    return new SetupProgram(steps, data.toBytes());
  }

  private void name(String name) {
    Argument text = new Argument.DataPointer(data.size());
    data.bytes((name + "\0").getBytes(StandardCharsets.ISO_8859_1));
    call(calls.prctl(), "prctl(PR_SET_NAME)", Step.Failure.NEVER, value(PR_SET_NAME), text);
  }

  private void noNewPrivs() {
    call(
        calls.prctl(),
        "prctl(PR_SET_NO_NEW_PRIVS)",
        Step.Failure.NON_ZERO,
        value(PR_SET_NO_NEW_PRIVS),
        value(1));
  }

  /**
   * Installs the filter. Before that, the same call is made with a struct sock_fprog of length 0,
   * which the kernel answers with EINVAL. A filter outside the program sees no difference between
   * the two calls, so one that answers them with 0 and makes neither is found out.
   */
  private void seccomp(Bytes filter, boolean log) {
    data.align(Long.BYTES);
    Argument instructions = new Argument.DataPointer(data.size());
    data.bytes(filter);
    int word = machine.elfClass().wordSize();
    long length = filter.size() / Filter.INSTRUCTION_SIZE;
    Argument[] arguments = {
      value(SECCOMP_SET_MODE_FILTER),
      value(SECCOMP_FILTER_FLAG_TSYNC | (log ? SECCOMP_FILTER_FLAG_LOG : 0)),
      new Argument.ScratchPointer(0)
    };
    probe(arguments);
    // struct sock_fprog: the 16-bit length, and one word behind it the pointer
    steps.add(
        new Step.Store(
            List.of(
                new Step.Word(new Argument.Value(FilterLength.word(machine, length)), 0),
                new Step.Word(instructions, word))));
    call(calls.seccomp(), "seccomp(SECCOMP_SET_MODE_FILTER)", Step.Failure.NON_ZERO, arguments);
  }

  /** On an error the step with the message is skipped; otherwise it stops the program. */
  private void probe(Argument... arguments) {
    steps.add(
        new Step.SystemCall(
            calls.seccomp(),
            six(arguments),
            OptionalInt.empty(),
            Step.Failure.ERROR,
            1,
            0,
            data.size(),
            0));
    byte[] message = FAKED.getBytes(StandardCharsets.US_ASCII);
    steps.add(
        new Step.SystemCall(
            calls.write(),
            six(value(STDERR), new Argument.DataPointer(data.size()), value(message.length)),
            OptionalInt.empty(),
            Step.Failure.NEVER,
            0,
            Step.STOP,
            data.size(),
            0));
    data.bytes(message);
  }

  private static List<Argument> six(Argument... given) {
    List<Argument> arguments = new ArrayList<>(List.of(given));
    while (arguments.size() < RawRecord.ARGUMENTS) {
      arguments.add(value(0));
    }
    return arguments;
  }

  private static Argument value(long value) {
    return new Argument.Value(value);
  }

  private void call(int number, String name, Step.Failure failure, Argument... given) {
    String text =
        "hardwire: " + name + " failed, so the program was not started; the call returned ";
    byte[] message = text.getBytes(StandardCharsets.US_ASCII);
    steps.add(
        new Step.SystemCall(
            number, six(given), OptionalInt.empty(), failure, 0, 0, data.size(), message.length));
    data.bytes(message);
  }
}
