package dev.hardwire.report.html;

import dev.hardwire.filter.Filter;
import dev.hardwire.filter.print.FilterTree;
import dev.hardwire.filter.print.FilterTree.Kind;
import dev.hardwire.filter.print.FilterTree.Node;
import dev.hardwire.report.model.PolicyView;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * A filter as nested lists. What several tests lead to is written once, and referred to elsewhere;
 * what would be nested too deeply follows in a list of its own.
 */
final class TreePart {
  private static final int DEEPEST = 24;

  /** Larger trees are closed below their third level. */
  private static final int ALL_OPEN = 120;

  private final Html html;
  private final FilterTree tree;
  private final String prefix;
  private final Set<Integer> written = new HashSet<>();
  private final Deque<Integer> waiting = new ArrayDeque<>();
  private final boolean small;

  private TreePart(Html html, FilterTree tree, String prefix) {
    this.html = html;
    this.tree = tree;
    this.prefix = prefix;
    this.small = tree.nodes().size() <= ALL_OPEN;
  }

  static void write(Html html, PolicyView policy) {
    int number = 0;
    boolean several = policy.layers().size() > 1 || !policy.phases().isEmpty();
    for (PolicyView.Layer layer : policy.installed()) {
      for (Filter filter : layer.filters()) {
        if (several) {
          html.element("h3", "Filter of the policy \"" + layer.name() + "\"");
        }
        FilterTree tree = FilterTree.of(filter, policy.architecture());
        new TreePart(html, tree, "f" + number + "-").write();
        number++;
      }
    }
    for (PolicyView.Phase phase : policy.phases()) {
      for (Filter filter : phase.filters()) {
        html.element("h3", "Filter of the phase \"" + phase.name() + "\"");
        FilterTree tree = FilterTree.of(filter, policy.architecture());
        new TreePart(html, tree, "f" + number + "-").write();
        number++;
      }
    }
  }

  private void write() {
    waiting.add(0);
    while (!waiting.isEmpty()) {
      int at = waiting.remove();
      if (!written.contains(at)) {
        html.open("ul", "class", "tree").open("li");
        node(at, 0);
        html.close(2).line();
      }
    }
  }

  private void node(int start, int depth) {
    int at = start;
    Node node = tree.nodes().get(at);
    while (node.kind() == Kind.STEP) {
      if (node.shown()) {
        html.element("span", node.text() + "; ", "class", "step");
      }
      at = node.yes();
      node = tree.nodes().get(at);
    }
    if (node.kind() == Kind.DECISION) {
      html.element("span", node.text(), "class", "verdict " + style(node.text()));
    } else if (written.contains(at) || depth >= DEEPEST) {
      if (!written.contains(at)) {
        waiting.add(at);
      }
      html.element("a", "go on at " + at + ": " + node.text(), "href", "#" + prefix + at);
    } else {
      test(at, node, depth);
    }
  }

  private void test(int at, Node node, int depth) {
    written.add(at);
    html.open("details", "id", prefix + at, "open", small || depth < 3 ? "" : null);
    html.open("summary").element("span", at + ":", "class", "quiet").text(" " + node.text() + "?");
    html.close().open("ul");
    branch(at, "y", "yes", node.yes(), depth);
    branch(at, "n", "no", node.no(), depth);
    html.close(2);
  }

  private void branch(int at, String letter, String word, int target, int depth) {
    html.open("li", "data-e", prefix + at + letter);
    html.element("b", word).text(" ");
    node(target, depth + 1);
    html.close();
  }

  static String style(String decision) {
    return decision.equals("allow") || decision.equals("log")
        ? "allows"
        : decision.equals("depends") ? "depends" : "denies";
  }
}
