package dev.hardwire.report.model;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.prove.explain.ExplainedCall;
import java.util.ArrayList;
import java.util.Collections;
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
   * @param hook where it is installed, as {@link PatchView#hook} has it
   * @param sha256 of its text, in hexadecimal digits
   * @param text the canonical text
   * @param setup the system calls that install it
   * @param filters in the order in which they are installed
   * @param phases what begins later
   */
  public record Layer(
      String name,
      String hook,
      String sha256,
      String text,
      List<String> setup,
      List<Filter> filters,
      List<Phase> phases) {
    public Layer {
      setup = List.copyOf(setup);
      filters = List.copyOf(filters);
      phases = List.copyOf(phases);
    }
  }

  /**
   * A phase of a policy, which takes calls away from a moment on.
   *
   * @param moment a noun phrase, such as {@code the first call of epoll_wait}
   * @param setup the system calls that begin it
   * @param filters that are installed then
   * @param calls those that are decided otherwise from then on, without other phases
   */
  public record Phase(
      String name, String moment, List<String> setup, List<Filter> filters, List<CallRow> calls) {
    public Phase {
      setup = List.copyOf(setup);
      filters = List.copyOf(filters);
      calls = List.copyOf(calls);
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

  /** The same policy with the decisions for its calls. */
  public PolicyView with(List<CallRow> rows) {
    return new PolicyView(key, proven, architecture, layers, rows, "", restrictions);
  }

  /** The same policy, whose decisions cannot be told. */
  public PolicyView unexplained(String reason) {
    return new PolicyView(key, proven, architecture, layers, List.of(), reason, restrictions);
  }

  public List<Phase> phases() {
    return installed().stream().flatMap(layer -> layer.phases().stream()).toList();
  }

  /** All filters that are installed at the start, in that order. */
  public List<Filter> filters() {
    return installed().stream().flatMap(layer -> layer.filters().stream()).toList();
  }

  /** The names of the policies, the last patch first. */
  public String names() {
    return String.join(" + ", layers.stream().map(Layer::name).toList());
  }

  /**
   * The layers in the order in which they are installed: of equal actions, that of the filter
   * installed last applies. The kernel enters first, after the entry hooks of later patches. A
   * library runs before the entry point, and that before the init array. The last patch comes last
   * where it goes on to what stood there before it, else first.
   */
  public List<Layer> installed() {
    List<Layer> sorted = new ArrayList<>();
    List<Layer> rest = new ArrayList<>(layers);
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).hook().equals("first")) {
        sorted.addAll(layers.subList(0, i + 1));
        sorted.removeIf(layer -> !layer.hook().equals("first") && !layer.hook().equals("entry"));
        rest.removeAll(sorted);
      }
    }
    for (String hook : List.of("needed", "entry", "init", "post-init")) {
      List<Layer> own = new ArrayList<>(rest);
      own.removeIf(layer -> !layer.hook().equals(hook));
      if (hook.equals("needed") || hook.equals("post-init")) {
        Collections.reverse(own);
      }
      sorted.addAll(own);
    }
    return sorted;
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
