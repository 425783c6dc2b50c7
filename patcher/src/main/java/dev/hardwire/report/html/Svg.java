package dev.hardwire.report.html;

import java.util.Locale;

/** Pictures in SVG: boxes, lines and texts in classes of the style sheet. */
final class Svg {
  private final Html html;

  /**
   * Begins a picture.
   *
   * @param label what it shows, for those who do not see it
   */
  Svg(Html html, int width, int height, String label) {
    this.html = html;
    html.open(
        "svg",
        "viewBox",
        "0 0 " + width + " " + height,
        "role",
        "img",
        "aria-label",
        label,
        "class",
        "picture");
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** A box; the tip is shown where a pointer rests on it, and may be empty. */
  Svg box(double x, double y, double width, double height, String style, String tip) {
    html.open(
        "rect",
        "x",
        number(x),
        "y",
        number(y),
        "width",
        number(width),
        "height",
        number(height),
        "class",
        style);
    if (!tip.isEmpty()) {
      html.element("title", tip);
    }
    html.close();
    return this;
  }

  Svg text(double x, double y, String text, String style) {
    html.element("text", text, "x", number(x), "y", number(y), "class", style);
    return this;
  }

  Svg line(double x1, double y1, double x2, double y2, String style) {
    html.open(
        "line",
        "x1",
        number(x1),
        "y1",
        number(y1),
        "x2",
        number(x2),
        "y2",
        number(y2),
        "class",
        style);
    html.close();
    return this;
  }

  /** Text that fits a box of a width, at some 6.2 units for each character; empty if none does. */
  static String fitting(String text, double width) {
    int characters = (int) ((width - 6) / 6.2);
    if (text.length() <= characters) {
      return text;
    }
    return characters < 4 ? "" : text.substring(0, characters - 1) + "…";
  }

  void end() {
    html.close().line();
  }
}
