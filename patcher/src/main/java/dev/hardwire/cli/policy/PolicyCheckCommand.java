package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.compile.FilterCompiler;
import dev.hardwire.seccomp.prove.FilterProof;
import dev.hardwire.seccomp.prove.PolicyCheck;
import dev.hardwire.seccomp.resolve.PhaseRules;
import dev.hardwire.seccomp.resolve.ResolvedPolicy;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code hardwire policy check}. */
@Command(
    name = "check",
    description = "Report errors in a policy, and valid rules that are probably mistakes.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire policy check --strict policy.yaml",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class PolicyCheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private PolicyFilesInput input;

  @Option(names = "--strict", description = "Treat warnings as errors.")
  private boolean strict;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    List<PolicyWarning> warnings = new ArrayList<>();
    Policy policy = input.read(warnings);
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    FilterCompiler.requireFits(resolved);
    warnings.addAll(PolicyCheck.warnings(resolved));
    if (strict && !warnings.isEmpty()) {
      warnings.forEach(
          warning -> spec.commandLine().getErr().println("hardwire: " + TerminalText.of(warning)));
      return ExitCode.INVALID_POLICY.code();
    }
    warnings.forEach(warning -> out.println("warning: " + TerminalText.of(warning)));
    Filter filter = FilterCompiler.compile(resolved);
    Policy pinned = ResolvedPolicy.pinned(policy, input.architecture());
    FilterProof.require(filter, ResolvedPolicy.of(pinned, input.architecture()));
    out.println(
        "%s: valid; %d calls named, default %s, %d instructions"
            .formatted(
                TerminalText.of(input.file()),
                resolved.rules().size(),
                policy.defaultAction(),
                filter.size()));
    pinned.phases().forEach(phase -> out.println(TerminalText.of(line(pinned, phase))));
    return ExitCode.OK.code();
  }

  private String line(Policy policy, Phase phase) {
    ResolvedPolicy later = ResolvedPolicy.of(policy, phase, input.architecture());
    Filter filter = FilterCompiler.compile(later);
    FilterProof.require(filter, later);
    int named =
        ResolvedPolicy.of(PhaseRules.policy(policy, phase), input.architecture()).rules().size();
    return "phase \"%s\" from %s on: %d calls named, default %s, %d instructions"
        .formatted(phase.name(), phase.moment(), named, phase.defaultAction(), filter.size());
  }
}
