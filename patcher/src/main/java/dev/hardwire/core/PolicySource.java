package dev.hardwire.core;

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

/** One policy for many files; it is compiled once for each machine. */
public final class PolicySource {
  /**
   * The policy on one machine.
   *
   * @param program what the stub runs
   * @param policy the note with the canonical text
   */
  record Setup(SetupProgram program, PolicyNote policy) {}

  private final PolicyPerArchitecture policy;
  private final boolean strict;
  private final Consumer<PolicyWarning> warnings;
  private final Map<Target, Setup> setups = new ConcurrentHashMap<>();

  /**
   * A policy.
   *
   * @param strict whether it is an error if a named call can be made another way on an architecture
   * @param warnings takes such calls otherwise, once for each architecture
   */
  public PolicySource(
      PolicyPerArchitecture policy, boolean strict, Consumer<PolicyWarning> warnings) {
    this.policy = policy;
    this.strict = strict;
    this.warnings = warnings;
  }

  Setup setup(Target machine) {
    return setups.computeIfAbsent(machine, this::compile);
  }

  private Setup compile(Target machine) {
    Policy pinned = pinned(machine);
    return new Setup(
        SetupCompiler.compile(machine, pinned), PolicyNote.of(YamlPolicyWriter.write(pinned)));
  }

  /** The policy of an architecture with everything that it includes. */
  public Policy pinned(Target architecture) {
    Policy given = policy.on(architecture);
    List<PolicyWarning> open = CallReplacements.of(given, architecture).warnings();
    if (strict && !open.isEmpty()) {
      throw open.get(0).toException();
    }
    open.forEach(warnings);
    return ResolvedPolicy.pinned(given, architecture);
  }
}
