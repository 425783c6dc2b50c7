package dev.hardwire.work;

import dev.hardwire.arch.Target;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.input.InputFile;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A policy as it is on each architecture. A file in a foreign format may differ between
 * architectures, or be valid on some of them only.
 */
public final class PolicyPerArchitecture {
  private final Function<Target, ReadPolicy> reading;
  private final UnaryOperator<Policy> change;
  private final String origin;

  /** Warnings instead of those of the reader. */
  private final Optional<List<PolicyWarning>> warnings;

  private final Map<Target, ReadPolicy> policies = new ConcurrentHashMap<>();

  private PolicyPerArchitecture(
      Function<Target, ReadPolicy> reading,
      UnaryOperator<Policy> change,
      String origin,
      Optional<List<PolicyWarning>> warnings) {
    this.reading = reading;
    this.change = change;
    this.origin = origin;
    this.warnings = warnings.map(List::copyOf);
  }

  /**
   * A policy that is the same on every architecture.
   *
   * @param origin where it comes from, such as {@code the command line}
   */
  public static PolicyPerArchitecture of(Policy policy, String origin) {
    return of(new ReadPolicy(policy, List.of()), origin);
  }

  private static PolicyPerArchitecture of(ReadPolicy read, String origin) {
    return new PolicyPerArchitecture(
        architecture -> read, UnaryOperator.identity(), origin, Optional.empty());
  }

  /** A policy that is part of Hardwire. */
  public static PolicyPerArchitecture of(Preset preset) {
    return of(preset.policy(), "the preset " + preset);
  }

  /**
   * Reads a policy and the files that it includes. The content shows the format. A foreign policy
   * of which a part cannot be expressed is refused.
   *
   * @throws PolicyException if it is not valid on any architecture
   */
  public static PolicyPerArchitecture read(Path file) throws IOException {
    return read(file, List.of());
  }

  /**
   * Reads a policy and the files that it includes.
   *
   * @param roots folders in which included files are looked for, after that of the policy
   * @throws PolicyException if it is not valid on any architecture
   */
  public static PolicyPerArchitecture read(Path file, List<Path> roots) throws IOException {
    PolicyFormat format = PolicyFormats.detect(InputFile.read(file).toArray(), file.toString());
    String origin = file + " in the format " + format;
    if (!format.dependsOnArchitecture()) {
      return of(load(file, format, Target.X86_64, roots), origin);
    }
    PolicyPerArchitecture given =
        new PolicyPerArchitecture(
            on -> loadUnchecked(file, format, on, roots),
            UnaryOperator.identity(),
            origin,
            Optional.empty());
    given.requireSomewhere();
    return given;
  }

  /** Fails if the policy is valid for no architecture, with the fault on the first one. */
  private void requireSomewhere() {
    Optional<PolicyException> first = Optional.empty();
    for (Target architecture : Target.values()) {
      try {
        on(architecture);
        return;
      } catch (PolicyException e) {
        first = first.or(() -> Optional.of(e));
      }
    }
    throw first.orElseThrow();
  }

  private static ReadPolicy loadUnchecked(
      Path file, PolicyFormat format, Target architecture, List<Path> roots) {
    try {
      ReadPolicy read = load(file, format, architecture, roots);
      List<PolicyWarning> omissions = read.omissions();
      if (!omissions.isEmpty()) {
        PolicyWarning first = omissions.get(0);
        throw new PolicyException(first.position(), first.message() + "; " + Advice.CONVERT);
      }
      return read;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ReadPolicy load(
      Path file, PolicyFormat format, Target architecture, List<Path> roots) throws IOException {
    ReadOptions options = new ReadOptions(architecture).withIncludeRoots(roots);
    return PolicyFormats.read(List.of(file), Optional.of(format), options);
  }

  /** The same policy with {@code map_missing_calls} set. */
  public PolicyPerArchitecture withMissingCallsMapped() {
    return changed(policy -> policy.withMissingCallsMapped(true), warnings);
  }

  /**
   * The same policy with other weights.
   *
   * @param found warnings about them, which replace those about the policy's own
   */
  public PolicyPerArchitecture weighedBy(Map<String, Long> weights, List<PolicyWarning> found) {
    return changed(policy -> policy.weighedBy(weights), Optional.of(found));
  }

  private PolicyPerArchitecture changed(
      UnaryOperator<Policy> further, Optional<List<PolicyWarning>> found) {
    return new PolicyPerArchitecture(
        reading, policy -> further.apply(change.apply(policy)), origin, found);
  }

  /** Warnings about what the files hold that has no effect, and yet may be used. */
  List<PolicyWarning> warnings(Target architecture) {
    return warnings.orElseGet(() -> read(architecture).warnings());
  }

  /** Where the policy comes from, for people. */
  public String origin() {
    return origin;
  }

  /**
   * The policy of an architecture.
   *
   * @throws PolicyException if it is not valid there
   */
  public Policy on(Target architecture) {
    return change.apply(read(architecture).policy());
  }

  private ReadPolicy read(Target architecture) {
    return policies.computeIfAbsent(architecture, reading);
  }
}
