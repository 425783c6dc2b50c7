package dev.hardwire.filter.print;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Draws graphs of filters as trees that grow to the right.
 *
 * <p>A test that several others lead to is drawn once; elsewhere a reference has its number.
 * Results are repeated.
 */
public final class SvgWriter {
  private static final int CHARACTER = 7;
  private static final int LINE = 14;
  private static final int GAP = 8;
  private static final int BETWEEN = 44;
  private static final int MARGIN = 12;

  private final List<String> lines = new ArrayList<>();

  /** The right end of the drawing, in pixels. */
  private int right;

  /** The next free row, in pixels. */
  private int bottom = MARGIN;

  private SvgWriter() {}

  /** Lines of an SVG document with the filters one below the other; the titles name them. */
  public static List<String> lines(Map<String, FilterGraph> graphs) {
    SvgWriter writer = new SvgWriter();
    graphs.forEach(writer::graph);
    List<String> document = new ArrayList<>();
    document.add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">"
            .formatted(writer.right + MARGIN, writer.bottom + MARGIN));
    document.add(
        "<style>text{font:11px monospace}rect{fill:#fff;stroke:#444}path{fill:none;stroke:#888}"
            + ".allow{fill:#d5ecd5}.refusal{fill:#f3d2d2}.see{fill:#eee;stroke-dasharray:3 2}"
            + ".marked{stroke:#000;stroke-width:2.5}</style>");
    document.add("<rect class=\"ground\" width=\"100%\" height=\"100%\" style=\"stroke:none\"/>");
    document.addAll(writer.lines);
    document.add("</svg>");
    return document;
  }

  private void graph(String title, FilterGraph graph) {
    bottom += LINE;
    text(MARGIN, bottom, title);
    bottom += GAP;
    new Tree(graph).draw(0, MARGIN, graph.nodes().get(0).marked());
    bottom += 2 * LINE;
  }

  /** The tree of one filter. */
  private final class Tree {
    private final FilterGraph graph;

    /** How many edges lead to each node. */
    private final Map<Integer, Integer> edges = new HashMap<>();

    private final Set<Integer> drawn = new HashSet<>();

    Tree(FilterGraph graph) {
      this.graph = graph;
      for (FilterGraph.Node node : graph.nodes().values()) {
        edges.merge(node.yes(), 1, Integer::sum);
        edges.merge(node.no(), 1, Integer::sum);
      }
    }

    /**
     * Draws a node with all that follows.
     *
     * @param marked whether a chosen call comes this way
     * @return the height of its middle
     */
    private int draw(int at, int left, boolean marked) {
      FilterGraph.Node node = graph.nodes().get(at);
      boolean isResult = node.yes() < 0;
      if (!isResult && !drawn.add(at)) {
        return box(List.of("see " + at), "see", left, bottom, marked);
      }
      List<String> texts = new ArrayList<>(node.lines());
      if (!isResult && edges.getOrDefault(at, 0) > 1) {
        texts.set(0, at + ": " + texts.get(0));
      }
      if (isResult) {
        String look = node.kind() == FilterGraph.Kind.ALLOW ? "allow" : "refusal";
        return box(texts, look, left, bottom, marked);
      }
      int next = left + width(texts) + BETWEEN;
      int top = bottom;
      int yes = draw(node.yes(), next, node.passed().contains(node.yes()));
      int no = node.no() < 0 ? yes : draw(node.no(), next, node.passed().contains(node.no()));
      int height = height(texts);
      int from = Math.max(top, (yes + no) / 2 - height / 2);
      int middle = box(texts, "test", left, from, node.marked());
      bottom = Math.max(bottom, from + height + GAP);
      int end = left + width(texts);
      edge(end, middle, next, yes, node, node.yes(), node.no() < 0 ? "" : "yes");
      if (node.no() >= 0) {
        edge(end, middle, next, no, node, node.no(), "no");
      }
      return middle;
    }

    private void edge(int x1, int y1, int x2, int y2, FilterGraph.Node from, int to, String label) {
      boolean marked = from.passed().contains(to);
      int bend = x1 + 16;
      lines.add(
          "<path%s d=\"M%d %dL%d %dL%d %d\"/>"
              .formatted(marked ? " class=\"marked\"" : "", x1, y1, bend, y2, x2, y2));
      if (!label.isEmpty()) {
        text(bend + 2, y2 - 2, label);
      }
    }
  }

  private static int width(List<String> texts) {
    int longest = 0;
    for (String text : texts) {
      longest = Math.max(longest, text.length());
    }
    return longest * CHARACTER + 2 * GAP;
  }

  private static int height(List<String> texts) {
    return texts.size() * LINE + GAP;
  }

  /** Draws a box; returns the height of its middle. */
  private int box(List<String> texts, String look, int left, int top, boolean marked) {
    int width = width(texts);
    int height = height(texts);
    lines.add(
        "<rect class=\"%s%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\"/>"
            .formatted(look, marked ? " marked" : "", left, top, width, height));
    for (int i = 0; i < texts.size(); i++) {
      text(left + GAP, top + (i + 1) * LINE, texts.get(i));
    }
    right = Math.max(right, left + width);
    bottom = Math.max(bottom, top + height + GAP);
    return top + height / 2;
  }

  private void text(int x, int y, String text) {
    right = Math.max(right, x + text.length() * CHARACTER);
    lines.add("<text x=\"%d\" y=\"%d\">%s</text>".formatted(x, y, escaped(text)));
  }

  /** The text as XML; characters that XML cannot have become question marks. */
  private static String escaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int c : text.codePoints().toArray()) {
      boolean allowed = (c >= ' ' && c < 0xd800) || (c >= 0xe000 && c < 0xfffe) || c > 0xffff;
      switch (allowed ? c : '?') {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        default -> out.appendCodePoint(allowed ? c : '?');
      }
    }
    return out.toString();
  }
}
