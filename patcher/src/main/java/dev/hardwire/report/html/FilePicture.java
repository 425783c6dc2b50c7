package dev.hardwire.report.html;

import dev.hardwire.report.model.FilePart;
import dev.hardwire.report.model.FilePart.Change;
import dev.hardwire.report.model.FileShape;
import dev.hardwire.report.model.PatchView;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A file before and after a patch, to scale. */
final class FilePicture {
  private static final int WIDTH = 1000;
  private static final int LEFT = 74;
  private static final int SCALE = WIDTH - LEFT - 6;
  private static final int LANE = 22;
  private static final int BLOCK = 3 * LANE + 26;
  private static final int GAP = 30;

  /** Files are magnified if what changed at their start is less than this part of the picture. */
  private static final int MAGNIFIED = 6;

  private final Html html;
  private final long from;
  private final long to;

  private FilePicture(Html html, long from, long to) {
    this.html = html;
    this.from = from;
    this.to = to;
  }

  /** Draws the whole file, and its start again if the changes there would be too small to see. */
  static void draw(Html html, PatchView patch) {
    long end = patch.before().map(FileShape::size).orElse(0L);
    end = Math.max(Math.max(end, patch.after().size()), 1);
    new FilePicture(html, 0, end).draw(patch, "The whole file");
    long changed = changedStart(patch);
    if (changed > 0 && changed * MAGNIFIED < end) {
      new FilePicture(html, 0, changed).draw(patch, "The start of the file, magnified");
    }
  }

  /** Where the changes in the first half of the original end. */
  private static long changedStart(PatchView patch) {
    long end = 0;
    if (patch.before().isPresent()) {
      FileShape before = patch.before().get();
      List<FilePart> parts = new ArrayList<>(before.segments());
      parts.addAll(before.sections());
      for (FilePart part : parts) {
        long last = part.offset() + part.size();
        if (part.change() != Change.SAME && last < before.size() / 2) {
          end = Math.max(end, last);
        }
      }
    }
    return end + end / 4;
  }

  private void draw(PatchView patch, String title) {
    Optional<FileShape> before = patch.before();
    int height = (before.isPresent() ? BLOCK + GAP : 0) + BLOCK + 8;
    html.element("h3", title);
    html.scroll(title);
    Svg svg = new Svg(html, WIDTH, height, label(patch, title));
    int y = 0;
    if (before.isPresent()) {
      svg.text(0, 12, "before: " + size(before.get()), "strong");
      block(svg, 18, before.get());
      y = BLOCK + GAP;
      moves(svg, before.get(), patch.after(), y + 18);
    }
    svg.text(0, y + 12, "after: " + size(patch.after()), "strong");
    block(svg, y + 18, patch.after());
    svg.end();
    html.close();
  }

  private static String size(FileShape shape) {
    return Sentences.count(shape.size(), "byte");
  }

  private static String label(PatchView patch, String title) {
    long moved =
        patch.after().sections().stream().filter(one -> one.change() == Change.MOVED).count();
    return "%s, before and after the patch, to scale: %d sections moved; the added segment of %s is at offset %s"
        .formatted(
            title,
            moved,
            Sentences.count(patch.blobSize(), "byte"),
            Sentences.number(patch.blobOffset()));
  }

  private double x(long offset) {
    return LEFT + (double) SCALE * (offset - from) / (to - from);
  }

  private void block(Svg svg, int y, FileShape shape) {
    svg.text(0, y + 15, "loaded", "quiet small");
    svg.text(0, y + LANE + 15, "other", "quiet small");
    svg.text(0, y + 2 * LANE + 15, "sections", "quiet small");
    double end = Math.min(x(shape.size()), LEFT + SCALE);
    svg.box(LEFT, y, end - LEFT, 3 * LANE, "file", "");
    for (FilePart segment : shape.segments()) {
      boolean loaded = segment.name().equals("LOAD");
      part(svg, y + (loaded ? 0 : LANE), segment, loaded ? segment.flags() : segment.name());
    }
    for (FilePart section : shape.sections()) {
      part(svg, y + 2 * LANE, section, section.name());
    }
  }

  private void part(Svg svg, int y, FilePart part, String text) {
    if (part.size() == 0 || part.offset() >= to) {
      return;
    }
    double x = x(part.offset());
    double width = Math.max(1, Math.min(x(part.offset() + part.size()), LEFT + SCALE) - x);
    svg.box(x, y + 2, width, LANE - 4, style(part.change()), tip(part));
    String fitting = Svg.fitting(text, width);
    if (!fitting.isEmpty()) {
      svg.text(x + width / 2, y + 15, fitting, "mid small");
    }
  }

  static String style(Change change) {
    return change.name().toLowerCase(Locale.ROOT);
  }

  private static String tip(FilePart part) {
    return "%s: offset 0x%x, %s, address 0x%x, %s, %s"
        .formatted(
            part.name(),
            part.offset(),
            Sentences.count(part.size(), "byte"),
            part.address(),
            part.flags(),
            part.change().text());
  }

  /** Lines from where sections were to where they are. */
  private void moves(Svg svg, FileShape before, FileShape after, int y) {
    int count = Math.min(before.sections().size(), after.sections().size());
    for (int i = 0; i < count; i++) {
      FilePart was = before.sections().get(i);
      FilePart now = after.sections().get(i);
      if (now.change() == Change.MOVED && was.offset() < to && now.size() > 0) {
        double target = Math.min(x(now.offset() + now.size() / 2), LEFT + SCALE);
        svg.line(x(was.offset() + was.size() / 2), 18 + 3 * LANE, target, y, "moves");
      }
    }
  }
}
