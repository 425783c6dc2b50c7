package dev.hardwire.cli;

import dev.hardwire.elf.Machine;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.format.YamlPolicyWriter;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One policy for many files: it is compiled once for each machine that they are for. */
final class PolicySource {
  /**
   * What the policy becomes on a machine.
   *
   * @param program what the stub runs
   * @param policyText the canonical text
   */
  record Setup(SetupProgram program, String policyText) {
    private static Setup of(Machine machine, Policy policy) {
      Policy pinned = ResolvedPolicy.pinned(policy, SetupCompiler.architecture(machine));
      return new Setup(SetupCompiler.compile(machine, pinned), YamlPolicyWriter.write(pinned));
    }
  }

  private final Policy policy;
  private final Map<Machine, Setup> setups = new ConcurrentHashMap<>();

  PolicySource(Policy policy) {
    this.policy = policy;
  }

  Setup setup(Machine machine) {
    return setups.computeIfAbsent(machine, key -> Setup.of(key, policy));
  }
}
