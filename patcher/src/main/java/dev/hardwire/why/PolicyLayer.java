package dev.hardwire.why;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.verify.Inspection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A policy that a process is under, or a phase of one, and the filters that enforce it.
 *
 * @param label such as {@code layer 2 of tar-wired}
 * @param whole the policy of which this is the start or a phase
 * @param phase its name; empty for what is in force from the start
 * @param filters in the order in which they are installed
 * @param stub where the code that installs them is in the file
 */
public record PolicyLayer(
    String label,
    Policy whole,
    Optional<String> phase,
    ResolvedPolicy policy,
    List<Filter> filters,
    Stub stub) {
  /**
   * Addresses of the code that installs a policy.
   *
   * @param start the first one
   * @param size in bytes; 0 if it is not known
   */
  public record Stub(long start, long size) {
    private static final Stub UNKNOWN = new Stub(0, 0);
  }

  public PolicyLayer {
    filters = List.copyOf(filters);
  }

  /** A policy that is not in a file, and its phases; positions are those that it has. */
  public static List<PolicyLayer> of(String label, Policy policy, Target architecture) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, architecture);
    List<PolicyLayer> layers = new ArrayList<>();
    layers.add(
        new PolicyLayer(
            label,
            policy,
            Optional.empty(),
            resolved,
            List.of(FilterCompiler.compile(resolved)),
            Stub.UNKNOWN));
    for (Phase phase : policy.phases()) {
      ResolvedPolicy later = ResolvedPolicy.of(policy, phase, architecture);
      layers.add(
          later(label, policy, phase, later, List.of(FilterCompiler.compile(later)), Stub.UNKNOWN));
    }
    return List.copyOf(layers);
  }

  private static PolicyLayer later(
      String label,
      Policy whole,
      Phase phase,
      ResolvedPolicy policy,
      List<Filter> filters,
      Stub stub) {
    String name = "phase \"%s\" of %s".formatted(phase.name(), label);
    return new PolicyLayer(name, whole, Optional.of(phase.name()), policy, filters, stub);
  }

  /** Whether an address of the file is in the code that installs the policy. */
  public boolean isInStub(long address) {
    return address - stub.start() >= 0 && address - stub.start() < stub.size();
  }

  /**
   * The policies of a hard-wired file, the last patch first, each with its phases behind it.
   *
   * @param file its name, for labels
   * @throws ElfFormatException if the file is not hard-wired, or damaged
   */
  public static List<PolicyLayer> of(String file, Bytes content) {
    List<Inspection> inspections = Inspection.of(content);
    List<PolicyLayer> layers = new ArrayList<>();
    for (int i = 0; i < inspections.size(); i++) {
      String label =
          inspections.size() == 1 ? "policy of " + file : "layer %d of %s".formatted(i + 1, file);
      byte[] text = inspections.get(i).notes().policy().text().getBytes(StandardCharsets.UTF_8);
      Policy policy = YamlPolicyReader.read(text, label);
      Target architecture = inspections.get(i).architecture();
      Stub stub = new Stub(inspections.get(i).blobAddress(), inspections.get(i).blobSize());
      layers.add(
          new PolicyLayer(
              label,
              policy,
              Optional.empty(),
              ResolvedPolicy.of(policy, architecture),
              inspections.get(i).filters(),
              stub));
      for (int at = 0; at < policy.phases().size(); at++) {
        Phase phase = policy.phases().get(at); // with its position under the label
        ResolvedPolicy rules = ResolvedPolicy.of(policy, phase, architecture);
        List<Filter> filters = inspections.get(i).phases().get(at).filters();
        layers.add(later(label, policy, phase, rules, filters, stub));
      }
    }
    return List.copyOf(layers);
  }

  /** The policies of a file; none if it is not hard-wired, or not readable. */
  public static List<PolicyLayer> ifHardWired(String file, Optional<Bytes> content) {
    try {
      return content.isPresent() ? of(file, content.get()) : List.of();
    } catch (ElfFormatException | BytesException | PolicyException notHardWired) {
      return List.of();
    }
  }

  /** The same layer with the positions of the policy that it was made from. */
  public PolicyLayer withPositionsOf(Policy source, String newLabel) {
    if (!YamlPolicyWriter.write(source).equals(YamlPolicyWriter.write(whole))) {
      return this;
    }
    for (Phase later : source.phases()) {
      if (phase.filter(later.name()::equals).isPresent()) {
        ResolvedPolicy rules = ResolvedPolicy.of(source, later, policy.architecture());
        return later(newLabel, source, later, rules, filters, stub);
      }
    }
    ResolvedPolicy rules = ResolvedPolicy.of(source, policy.architecture());
    return new PolicyLayer(newLabel, source, phase, rules, filters, stub);
  }
}
