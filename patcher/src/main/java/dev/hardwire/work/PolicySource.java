package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.elf.note.PolicyNote;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.prove.FilterProof;
import dev.hardwire.filter.prove.PolicyCheck;
import dev.hardwire.filter.resolve.CallReplacements;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.patch.plan.PatchRequest;
import dev.hardwire.patch.plan.PatchSettings;
import dev.hardwire.patch.plan.SecondStart;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.stub.PhaseProgram;
import dev.hardwire.stub.SetupCompiler;
import dev.hardwire.stub.SetupProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** One policy for many files; it is compiled once for each machine. */
public final class PolicySource {
  /**
   * The policy on one machine.
   *
   * @param program what the stub runs
   * @param policy the note with the canonical text
   * @param phases what begins later
   * @param description of the policy, for people
   * @param first what it decides about the start with the hook {@code first}
   */
  record Setup(
      SetupProgram program,
      PolicyNote policy,
      List<PhaseProgram> phases,
      String description,
      FirstStart first) {
    PatchRequest request(PatchSettings settings) {
      return PatchRequest.of(program, policy).withPhases(phases).with(settings);
    }
  }

  private final PolicyPerArchitecture policy;
  private final boolean strict;
  private final Consumer<PolicyWarning> warnings;
  private final Set<PolicyWarning> told = ConcurrentHashMap.newKeySet();
  private final Map<Target, Setup> setups = new ConcurrentHashMap<>();

  /**
   * A policy.
   *
   * @param strict whether it is an error if a named call can be made another way on an architecture
   * @param warnings takes everything that is probably a mistake, each once
   */
  public PolicySource(
      PolicyPerArchitecture policy, boolean strict, Consumer<PolicyWarning> warnings) {
    this.policy = policy;
    this.strict = strict;
    this.warnings = warnings;
  }

  /**
   * What a policy has to allow, and does not, so that its file can execute itself; nothing if it
   * allows no file to be executed.
   */
  public static List<String> deniedToItself(Target machine, Policy policy) {
    return SecondStart.denied(machine, policy);
  }

  Setup setup(Target machine) {
    return setups.computeIfAbsent(machine, this::compile);
  }

  private Setup compile(Target machine) {
    Compiled compiled = compiled(machine);
    Policy pinned = compiled.policy;
    LinkAdvice.warnings(pinned).stream().filter(told::add).forEach(warnings);
    SetupProgram setup = SetupCompiler.compile(machine, pinned, compiled.filter);
    List<String> denied = SecondStart.denied(machine, pinned, setup);
    if (!denied.isEmpty()) {
      PolicyWarning warning =
          new PolicyWarning(
              pinned.defaultPosition(),
              "the policy lets the program execute files, but not itself: a patched file starts"
                  + " with calls that it denies: "
                  + String.join(", ", denied));
      if (told.add(warning)) {
        warnings.accept(warning);
      }
    }
    return new Setup(
        setup,
        PolicyNote.of(YamlPolicyWriter.write(pinned)),
        SetupCompiler.phases(machine, pinned, compiled.phases),
        described(pinned, machine),
        FirstStart.of(machine, pinned));
  }

  /**
   * Describes the policy of an architecture, for people.
   *
   * @param pinned what {@link #pinned} has given for it
   */
  public String described(Policy pinned, Target architecture) {
    List<String> parts = new ArrayList<>();
    parts.add("default " + pinned.defaultAction());
    parts.add(pinned.rules().size() + (pinned.rules().size() == 1 ? " rule" : " rules"));
    pinned.landlock().ifPresent(landlock -> parts.add("landlock"));
    pinned.limits().ifPresent(limits -> parts.add("limits"));
    pinned.capabilities().ifPresent(capabilities -> parts.add("capabilities"));
    if (pinned.seal()) {
      parts.add("seal");
    }
    if (!pinned.phases().isEmpty()) {
      parts.add("phases " + pinned.phases().size());
    }
    return "policy \"%s\" from %s, for %s: %s"
        .formatted(pinned.name(), policy.origin(), architecture, String.join(", ", parts));
  }

  /**
   * The policy of an architecture with everything that it includes.
   *
   * @throws PolicyException if it is not valid there, or too complex for {@link FilterProof}
   */
  public Policy pinned(Target architecture) {
    return compiled(architecture).policy;
  }

  /** A policy with everything that it includes, and the filters of its start and its phases. */
  private record Compiled(Policy policy, Filter filter, List<Filter> phases) {}

  private Compiled compiled(Target architecture) {
    Policy given = ResolvedPolicy.own(policy.on(architecture), architecture);
    List<PolicyWarning> open = CallReplacements.of(given, architecture).warnings();
    ResolvedPolicy asGiven = ResolvedPolicy.of(given, architecture);
    FilterCompiler.requireFits(asGiven);
    List<PolicyWarning> all = new ArrayList<>(policy.warnings(architecture));
    all.addAll(PolicyCheck.warnings(asGiven));
    if (strict && !open.isEmpty()) {
      throw open.get(0).toException();
    }
    all.stream().filter(told::add).forEach(warnings);
    Policy pinned = ResolvedPolicy.pinned(given, architecture);
    Filter filter = proven(ResolvedPolicy.of(pinned, architecture));
    List<Filter> phases = new ArrayList<>();
    for (Phase phase : pinned.phases()) {
      phases.add(proven(ResolvedPolicy.of(pinned, phase, architecture)));
    }
    return new Compiled(pinned, filter, phases);
  }

  private static Filter proven(ResolvedPolicy policy) {
    Filter filter = FilterCompiler.compile(policy);
    FilterProof.require(filter, policy);
    return filter;
  }
}
