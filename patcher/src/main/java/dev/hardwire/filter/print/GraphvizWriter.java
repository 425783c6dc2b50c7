package dev.hardwire.filter.print;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes graphs of filters in the language of Graphviz. */
public final class GraphvizWriter {
  private GraphvizWriter() {}

  /** Lines of a directed graph with a part for each filter; the titles name them. */
  public static List<String> lines(Map<String, FilterGraph> graphs) {
    List<String> lines = new ArrayList<>();
    lines.add("digraph filters {");
    lines.add("  node [shape=box, fontname=\"monospace\", fontsize=10];");
    lines.add("  edge [fontname=\"monospace\", fontsize=9];");
    int part = 0;
    for (Map.Entry<String, FilterGraph> graph : graphs.entrySet()) {
      lines.add("  subgraph cluster" + part + " {");
      lines.add("    label=" + quoted(graph.getKey()) + ";");
      for (Map.Entry<Integer, FilterGraph.Node> entry : graph.getValue().nodes().entrySet()) {
        String name = "f" + part + "_" + entry.getKey();
        FilterGraph.Node node = entry.getValue();
        String text = String.join("\n", node.lines());
        lines.add("    " + name + " [label=" + quoted(text) + look(node) + "];");
        edge(lines, name, "f" + part + "_", node);
      }
      lines.add("  }");
      part++;
    }
    lines.add("}");
    return lines;
  }

  private static void edge(List<String> lines, String from, String prefix, FilterGraph.Node node) {
    boolean test = node.kind() == FilterGraph.Kind.TEST;
    for (int next : test ? new int[] {node.yes(), node.no()} : new int[] {node.yes()}) {
      if (next >= 0) {
        boolean yes = next == node.yes();
        String label = test ? "label=" + (yes ? "yes" : "no") : "label=\"\"";
        boolean marked = node.passed().contains(next);
        String pen = marked ? ", penwidth=2.5" : "";
        lines.add("    " + from + " -> " + prefix + next + " [" + label + pen + "];");
      }
    }
  }

  private static String look(FilterGraph.Node node) {
    String color =
        switch (node.kind()) {
          case ALLOW -> ", style=filled, fillcolor=\"#d5ecd5\"";
          case REFUSAL -> ", style=filled, fillcolor=\"#f3d2d2\"";
          default -> "";
        };
    return color + (node.marked() ? ", penwidth=2.5" : "");
  }

  /** A string of the language; line breaks are those of centred lines. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
