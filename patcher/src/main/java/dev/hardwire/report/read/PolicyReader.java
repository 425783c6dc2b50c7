package dev.hardwire.report.read;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import dev.hardwire.filter.prove.explain.PhaseExplanation;
import dev.hardwire.filter.prove.explain.RestrictionExplanation;
import dev.hardwire.filter.prove.symbolic.UnprovableException;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.verify.Inspection;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Explains policies, each once for all programs that have it. Can be used by several threads. */
final class PolicyReader {
  private final Map<String, PolicyView> known = new ConcurrentHashMap<>();

  /**
   * The policy of a program.
   *
   * @param patches those of the program, the last first
   * @param proven whether filters and setups are known to be what the policies say
   */
  PolicyView read(List<Inspection> patches, boolean proven) {
    return known.computeIfAbsent(key(patches, proven), key -> explain(key, patches, proven));
  }

  /** A digest of all that the explanation is made from. */
  private static String key(List<Inspection> patches, boolean proven) {
    ByteWriter all = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
    add(all, patches.get(0).architecture().id() + proven);
    for (Inspection patch : patches) {
      add(all, patch.notes().policy().text());
      add(all, String.join("\n", patch.setup()));
      add(all, patch.filters());
      for (Inspection.Later later : patch.phases()) {
        add(all, later.phase().name() + "\0" + later.phase().moment());
        add(all, String.join("\n", later.setup()));
        add(all, later.filters());
      }
    }
    return all.toBytes().sha256().hex();
  }

  private static void add(ByteWriter all, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    all.u32(bytes.length).bytes(bytes);
  }

  private static void add(ByteWriter all, List<Filter> filters) {
    for (Filter filter : filters) {
      all.u32(filter.size()).bytes(filter.encode(ByteOrder.LITTLE_ENDIAN));
    }
  }

  private static List<PolicyView.Phase> phases(Inspection patch, List<Inspection> patches) {
    List<PolicyView.Phase> phases = new ArrayList<>();
    for (Inspection.Later later : patch.phases()) {
      List<Filter> before = new ArrayList<>();
      patches.forEach(one -> before.addAll(one.filters()));
      phases.add(
          new PolicyView.Phase(
              later.phase().name(),
              later.phase().moment(),
              later.setup(),
              later.filters(),
              CallTable.changed(before, later.filters(), patch.architecture())));
    }
    return phases;
  }

  private static PolicyView explain(String key, List<Inspection> patches, boolean proven) {
    Target architecture = patches.get(0).architecture();
    List<PolicyView.Layer> layers = new ArrayList<>();
    List<ExplainedCall> restrictions = new ArrayList<>();
    List<Policy> policies = new ArrayList<>();
    for (Inspection patch : patches) {
      String text = patch.notes().policy().text();
      layers.add(
          new PolicyView.Layer(
              patch.policyName(),
              hook(patch),
              patch.notes().policy().sha256().hex(),
              text,
              patch.setup(),
              patch.filters(),
              phases(patch, patches)));
      Policy policy = YamlPolicyReader.read(text.getBytes(StandardCharsets.UTF_8), "policy");
      policies.add(policy);
      restrictions.addAll(RestrictionExplanation.of(policy));
      restrictions.addAll(PhaseExplanation.restrictions(policy));
    }
    PolicyView view =
        new PolicyView(key, proven, architecture, layers, List.of(), "", restrictions);
    try {
      return view.with(
          proven && policies.size() == 1
              ? CallTable.of(ResolvedPolicy.of(policies.get(0), architecture))
              : CallTable.of(view.filters(), architecture));
    } catch (UnprovableException e) {
      return view.unexplained(e.getMessage());
    }
  }

  /** The name of a hook, or {@code needed}. */
  static String hook(Inspection patch) {
    return patch.notes().setup().hook().map(Object::toString).orElse("needed");
  }
}
