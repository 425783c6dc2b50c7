package dev.hardwire.why;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.bytes.BytesException;
import dev.hardwire.elf.ElfFormatException;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.compile.FilterCompiler;
import dev.hardwire.filter.resolve.ResolvedPolicy;
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
 * A policy that a process is under, and the filters that enforce it.
 *
 * @param label such as {@code layer 2 of tar-wired}
 * @param filters in the order in which they are installed
 */
public record PolicyLayer(String label, ResolvedPolicy policy, List<Filter> filters) {
  public PolicyLayer {
    filters = List.copyOf(filters);
  }

  /** A policy that is not in a file; positions are those that it has. */
  public static PolicyLayer of(String label, Policy policy, Target architecture) {
    ResolvedPolicy resolved = ResolvedPolicy.of(policy, architecture);
    return new PolicyLayer(label, resolved, List.of(FilterCompiler.compile(resolved)));
  }

  /**
   * The policies of a hard-wired file, the last patch first.
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
      layers.add(
          new PolicyLayer(
              label,
              ResolvedPolicy.of(
                  YamlPolicyReader.read(text, label), inspections.get(i).architecture()),
              inspections.get(i).filters()));
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
    boolean same = YamlPolicyWriter.write(source).equals(YamlPolicyWriter.write(policy.policy()));
    return same
        ? new PolicyLayer(newLabel, ResolvedPolicy.of(source, policy.architecture()), filters)
        : this;
  }
}
