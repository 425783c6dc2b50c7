package dev.hardwire.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** A bar of several numbers, to scale, with its numbers below. */
final class Bar {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 26;

  private record Piece(String name, long value, String style, String link) {}

  private final String title;
  private final List<Piece> pieces = new ArrayList<>();

  Bar(String title) {
    this.title = title;
  }

  /** Adds a piece; one of size 0 is left out. */
  Bar add(String name, long value, String style) {
    return add(name, value, style, null);
  }

  /** Adds a piece that leads somewhere. */
  Bar add(String name, long value, String style, String link) {
    if (value > 0) {
      pieces.add(new Piece(name, value, style, link));
    }
    return this;
  }

  void draw(Html html) {
    long total = pieces.stream().mapToLong(Piece::value).sum();
    if (total == 0) {
      return;
    }
    StringJoiner label = new StringJoiner(", ", title + ": ", "");
    pieces.forEach(piece -> label.add(Sentences.number(piece.value()) + " " + piece.name()));
    Svg svg = new Svg(html, WIDTH, HEIGHT, label.toString());
    double x = 0;
    for (Piece piece : pieces) {
      double width = (double) WIDTH * piece.value() / total;
      svg.box(
          x,
          0,
          Math.max(1, width - 2),
          HEIGHT,
          piece.style(),
          piece.name() + ": " + Sentences.number(piece.value()));
      x += width;
    }
    svg.end();
    html.open("ul", "class", "legend");
    for (Piece piece : pieces) {
      html.open("li").element("span", "", "class", "swatch " + piece.style());
      html.text(" ");
      if (piece.link() == null) {
        html.text(piece.name());
      } else {
        html.element("a", piece.name(), "href", piece.link());
      }
      html.text(": ").element("b", Sentences.number(piece.value())).close();
    }
    html.close().line();
  }
}
