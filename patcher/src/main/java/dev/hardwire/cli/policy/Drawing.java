package dev.hardwire.cli.policy;

import dev.hardwire.filter.print.FilterGraph;
import dev.hardwire.filter.print.GraphvizWriter;
import dev.hardwire.filter.print.SvgWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How a decision is shown. */
public enum Drawing {
  /** A table. */
  TEXT,
  /** The filter as an SVG document. */
  SVG,
  /** The filter in the language of Graphviz. */
  DOT;

  /** As the command line names it: {@code svg}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  List<String> lines(Map<String, FilterGraph> graphs) {
    return this == SVG ? SvgWriter.lines(graphs) : GraphvizWriter.lines(graphs);
  }
}
