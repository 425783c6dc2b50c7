package dev.hardwire.report.model;

import dev.hardwire.arch.Target;
import dev.hardwire.seccomp.Filter;
import dev.hardwire.seccomp.prove.ExplainedCall;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all patches of a program enforce together. Programs with the same patches share one.
 *
 * @param key equal for equal policies
 * @param proven whether a verification has proven it
 * @param layers one for each patch, the last first
 * @param calls the decisions for every call of the architecture, those for numbers without a name
 *     last; empty if they cannot be told
 * @param unexplained why they cannot be told; empty if they can
 * @param restrictions what Landlock and limits restrict
 */
public record PolicyView(
    String key,
    boolean proven,
    Target architecture,
    List<Layer> layers,
    List<CallRow> calls,
    String unexplained,
    List<ExplainedCall> restrictions) {
  /**
   * The policy of one patch.
   *
   * @param name of the policy
   * @param sha256 of its text, in hexadecimal digits
   * @param text the canonical text
   * @param setup the system calls that install it
   * @param filters in the order in which they are installed
   */
  public record Layer(
      String name, String sha256, String text, List<String> setup, List<Filter> filters) {
    public Layer {
      setup = List.copyOf(setup);
      filters = List.copyOf(filters);
    }
  }

  /** How the decisions for a call are summed up. */
  public enum Access {
    DENIED,
    CONDITIONAL,
    ALLOWED
  }

  public PolicyView {
    layers = List.copyOf(layers);
    calls = List.copyOf(calls);
    restrictions = List.copyOf(restrictions);
  }

  /** The names of the policies, the last patch first. */
  public String names() {
    return String.join(" + ", layers.stream().map(Layer::name).toList());
  }

  /** The named calls of the architecture, and whether each is allowed. */
  public Map<String, Access> access() {
    Map<String, Access> all = new LinkedHashMap<>();
    for (CallRow row : calls) {
      if (!row.group().isEmpty()) {
        Access one = row.allows() ? Access.ALLOWED : Access.DENIED;
        Access own = row.decision().equals("depends") ? Access.CONDITIONAL : one;
        all.merge(row.call(), own, (a, b) -> a == b ? a : Access.CONDITIONAL);
      }
    }
    return all;
  }

  /** The named calls, and all that is decided for each as a text that can be compared. */
  public Map<String, String> decisions() {
    Map<String, String> all = new LinkedHashMap<>();
    for (CallRow row : calls) {
      if (!row.group().isEmpty()) {
        all.merge(row.call(), row.decision() + " " + row.when(), (a, b) -> a + "; " + b);
      }
    }
    return all;
  }
}
