package dev.hardwire.report.html;

import java.util.List;

/** Numbers as horizontal bars, one below the other. */
final class Chart {
  private static final int WIDTH = 560;
  private static final int LEFT = 190;
  private static final int RIGHT = 56;
  private static final int ROW = 22;

  /** One bar. */
  record Row(String name, long value, String tip) {}

  private Chart() {}

  static void draw(Html html, String title, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    long most = Math.max(1, rows.stream().mapToLong(Row::value).max().orElse(1));
    StringBuilder label = new StringBuilder(title).append(':');
    rows.forEach(
        row -> label.append(' ').append(row.name()).append(' ').append(row.value()).append(';'));
    html.open("div", "class", "chart").element("h3", title);
    Svg svg = new Svg(html, WIDTH, ROW * rows.size() + 4, label.toString());
    int y = 2;
    for (Row row : rows) {
      double width = (double) (WIDTH - LEFT - RIGHT) * row.value() / most;
      svg.text(LEFT - 8, y + 15, Svg.fitting(row.name(), LEFT - 4), "end small");
      svg.box(LEFT, y + 2, Math.max(1, width), ROW - 6, "b-chart", row.tip());
      svg.text(LEFT + width + 6, y + 15, Sentences.number(row.value()), "small");
      y += ROW;
    }
    svg.end();
    html.close().line();
  }
}
