package dev.hardwire.stub.library;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.elf.note.BlobHeader;
import dev.hardwire.filter.Emulator;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.CallLists;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.Blob;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import dev.hardwire.stub.StubCode;
import java.util.List;
import java.util.Optional;

/**
 * The launcher that needs no Java: {@code stub-asm/launcher.c}.
 *
 * <p>Its code follows a blob header, like a stub. The data of that blob are another blob, which is
 * added to the copies of programs, followed by the names accepted in the environment. The launcher
 * writes the program's name, and a filter built from the variables, into the inner blob.
 *
 * @param policy built in; empty to take it from the environment
 */
public record NativeLauncher(Target machine, Optional<Policy> policy) {
  private static final int FROM_ENVIRONMENT = 2;
  private static final int EXECVE_DENIED = 16;

  /** The maximum length of a process name in the kernel. */
  private static final String NAME = "PROGRAM.PROGRAM";

  /**
   * The file.
   *
   * @throws dev.hardwire.policy.PolicyException if the policy does not fit the machine
   */
  public Bytes write() {
    policy.ifPresent(built -> Phase.refuse(built, "a launcher"));
    policy.ifPresent(built -> Policy.refuseSeal(built, "a launcher"));
    Policy inner =
        policy.orElseGet(
            () -> CallLists.policy(Optional.empty(), Optional.of(""), Action.KILL_PROCESS));
    Blob added = new Blob(machine, SetupCompiler.compile(machine, inner, NAME));
    ByteWriter data = new ByteWriter(machine.order());
    data.bytes(added.encode(0, added.size()));
    if (policy.isEmpty()) {
      data.bytes(NameTables.of(machine));
    }
    Blob blob =
        new Blob(machine, StubCode.launcher(machine), new SetupProgram(List.of(), data.toBytes()));
    Bytes code = CodeFile.withFlags(blob.encode(0, blob.size()), machine, flags());
    String text = policy.map(YamlPolicyWriter::write).orElse("");
    return CodeFile.program(machine, text, code, BlobHeader.SIZE);
  }

  private int flags() {
    return policy.map(built -> mayExecute(built) ? 0 : EXECVE_DENIED).orElse(FROM_ENVIRONMENT);
  }

  /** Whether a filter that is installed before execve allows that call. */
  private boolean mayExecute(Policy built) {
    int execve = SyscallTable.of(machine).number("execve").orElseThrow();
    SeccompData call = SeccompData.of(machine, execve);
    Verdict verdict = Emulator.run(FilterCompiler.compile(built, machine), call).verdict();
    return verdict.action() == Verdict.ALLOW || verdict.action() == Verdict.LOG;
  }
}
