package dev.hardwire.learn;

import dev.hardwire.learn.Learned.Need;
import dev.hardwire.learn.log.LearnException;
import dev.hardwire.learn.paths.PathText;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Proposal;
import dev.hardwire.learn.paths.Uses;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.learn.record.Recorder;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a learned policy has beside rules for calls.
 *
 * @param warnings what is not proposed, one sentence each
 */
record Proposed(Optional<Proposal> landlock, Optional<PhaseProposal> phase, List<String> warnings) {
  private static final int MOST_LOADERS = 1000;

  Proposed {
    warnings = List.copyOf(warnings);
  }

  /**
   * Makes the proposals that the options ask for.
   *
   * @param needs the calls that the policy allows
   * @param always those among them that every phase allows
   */
  static Proposed of(
      LearnOptions options,
      Recorder recorder,
      Optional<KnownProgram> program,
      List<Need> needs,
      Set<String> always) {
    List<String> warnings = new ArrayList<>();
    Optional<Proposal> landlock = Optional.empty();
    Optional<PhaseProposal> phase = Optional.empty();
    if (options.proposals().landlock()) {
      landlock = Optional.of(landlock(options, recorder, program));
      landlock.get().warnings().forEach(warning -> warnings.add("landlock: " + warning));
    }
    if (recorder.denials().count() > 0) {
      Optional<Landlock> section = options.base().flatMap(Policy::landlock);
      if (section.isPresent()) {
        landlock = section.map(recorder.denials()::widened);
        landlock.get().warnings().forEach(warning -> warnings.add("landlock: " + warning));
      } else {
        warnings.add(
            "landlock: %s denied, and the policy has no section landlock: give it as --base"
                .formatted(
                    recorder.denials().count() == 1
                        ? "an access was"
                        : "%d accesses were".formatted(recorder.denials().count())));
      }
    }
    if (options.proposals().phases()) {
      phase =
          PhaseProposal.of(
              recorder.result().calls(),
              needs,
              always,
              HarmlessCalls.of(options.architecture()),
              CoveredCalls.of(options),
              program);
      if (phase.isEmpty()) {
        warnings.add(
            recorder.findings().isMarked()
                ? "no phase: the program calls no function that waits for work, or it makes all its"
                    + " calls after it"
                : "no phase: no policy is installed in the trace, so it is not known which program"
                    + " will have it");
      }
    }
    return new Proposed(landlock, phase, warnings);
  }

  private static Proposal landlock(
      LearnOptions options, Recorder recorder, Optional<KnownProgram> program) {
    Uses uses = recorder.result().uses();
    program.ifPresent(
        known ->
            uses.executed().stream()
                .limit(MOST_LOADERS)
                .forEach(
                    path ->
                        known.loaders(path).stream()
                            .filter(loader -> loader.startsWith("/"))
                            .forEach(
                                loader ->
                                    uses.path(
                                        PathText.normal(loader),
                                        PathUse.EXECUTE,
                                        "the execution of " + path))));
    try {
      Proposal proposal = Proposal.of(uses, options.proposals().merge(), options.proposals().abi());
      return options
          .proposals()
          .installedAs()
          .map(path -> proposal.alsoAt(path, recorder.copied()))
          .orElse(proposal);
    } catch (IllegalArgumentException e) {
      throw new LearnException(e.getMessage());
    }
  }
}
