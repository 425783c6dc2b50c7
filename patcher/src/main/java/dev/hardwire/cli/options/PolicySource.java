package dev.hardwire.cli.options;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.seccomp.resolve.CallReplacements;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** One policy for many files: it is compiled once for each machine that they are for. */
public final class PolicySource {
  /**
   * What the policy becomes on a machine.
   *
   * @param program what the stub runs
   * @param policy the note with the canonical text
   */
  public record Setup(SetupProgram program, PolicyNote policy) {}

  private final PolicyPerArchitecture policy;
  private final boolean strict;
  private final Consumer<PolicyWarning> warnings;
  private final Map<Target, Setup> setups = new ConcurrentHashMap<>();

  /**
   * A policy.
   *
   * @param strict whether what the policy leaves open on an architecture is an error
   * @param warnings takes that otherwise, once for each architecture
   */
  public PolicySource(
      PolicyPerArchitecture policy, boolean strict, Consumer<PolicyWarning> warnings) {
    this.policy = policy;
    this.strict = strict;
    this.warnings = warnings;
  }

  public Setup setup(Target machine) {
    return setups.computeIfAbsent(machine, this::compile);
  }

  private Setup compile(Target machine) {
    Policy pinned = pinned(machine);
    return new Setup(
        SetupCompiler.compile(machine, pinned), PolicyNote.of(YamlPolicyWriter.write(pinned)));
  }

  /** The policy for a machine, with included files and names of calls resolved. */
  public Policy pinned(Target machine) {
    Policy given = policy.on(machine);
    List<PolicyWarning> open = CallReplacements.of(given, machine).warnings();
    if (strict && !open.isEmpty()) {
      throw open.get(0).toException();
    }
    open.forEach(warnings);
    return ResolvedPolicy.pinned(given, machine);
  }
}
