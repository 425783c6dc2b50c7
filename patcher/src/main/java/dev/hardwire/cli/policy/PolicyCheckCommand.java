package dev.hardwire.cli.policy;

import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.cli.report.JsonOption;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.LandlockErrata;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hardwire policy check}. */
@Command(
    name = "check",
    description = "Report errors in a policy, and valid rules that are probably mistakes.",
    footer = "  hardwire policy check --strict policy.yaml",
    mixinStandardHelpOptions = true)
public final class PolicyCheckCommand extends BaseCommand {
  /**
   * A filter that was compiled and proven.
   *
   * @param phase that installs it; empty for the filter of the start
   * @param named how many calls its rules name
   * @param otherwise the default action
   */
  record Checked(Optional<Phase> phase, int named, Action otherwise, int instructions) {}

  @Mixin private PolicyFilesInput input;
  @Mixin private JsonOption json;

  @Option(names = "--strict", description = "Treat warnings as errors.")
  private boolean strict;

  @Override
  public Integer call() throws IOException {
    List<PolicyWarning> warnings = new ArrayList<>();
    Policy policy = input.read(warnings);
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, input.architecture());
    FilterCompiler.requireFits(resolved);
    warnings.addAll(PolicyCheck.warnings(resolved));
    if (strict && !warnings.isEmpty()) {
      warnings.forEach(warning -> err().println("hardwire: " + TerminalText.of(warning)));
      return ExitCode.INVALID_POLICY.code();
    }
    List<PolicyWarning> notes = LandlockErrata.notes(policy);
    if (!json.isChosen()) {
      warnings.forEach(warning -> out().println("warning: " + TerminalText.of(warning)));
      notes.forEach(note -> out().println("note: " + TerminalText.of(note)));
    }
    Filter filter = FilterCompiler.compile(resolved);
    Policy pinned = ResolvedPolicy.pinned(policy, input.architecture());
    FilterProof.require(filter, ResolvedPolicy.of(pinned, input.architecture()));
    List<Checked> filters = new ArrayList<>();
    filters.add(
        new Checked(
            Optional.empty(), resolved.rules().size(), policy.defaultAction(), filter.size()));
    pinned.phases().forEach(phase -> filters.add(check(pinned, phase)));
    if (json.isChosen()) {
      JsonDocument.print(
          out(),
          writer -> PolicyJson.check(writer, input.file().toString(), warnings, notes, filters));
    } else {
      filters.forEach(checked -> out().println(line(checked)));
    }
    return ExitCode.OK.code();
  }

  private String line(Checked filter) {
    String what =
        filter
            .phase()
            .map(phase -> "phase \"%s\" from %s on: ".formatted(phase.name(), phase.moment()))
            .orElse(input.file() + ": valid; ");
    return TerminalText.of(
        what
            + "%d calls named, default %s, %d instructions"
                .formatted(filter.named(), filter.otherwise(), filter.instructions()));
  }

  private Checked check(Policy policy, Phase phase) {
    ResolvedPolicy later = ResolvedPolicy.of(policy, phase, input.architecture());
    Filter filter = FilterCompiler.compile(later);
    FilterProof.require(filter, later);
    int named =
        ResolvedPolicy.of(PhaseRules.policy(policy, phase), input.architecture()).rules().size();
    return new Checked(Optional.of(phase), named, phase.defaultAction(), filter.size());
  }
}
