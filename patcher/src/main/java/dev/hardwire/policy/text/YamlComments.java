package dev.hardwire.policy.text;

import dev.hardwire.policy.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Finds the comments of items of lists: the lines of comments directly above an item, as far to the
 * right as it is, or else the comment behind its first field that has one.
 *
 * <p>A comment that cannot be a reason, such as a long one or one that is itself an item, is
 * ignored: a comment is never an error.
 */
final class YamlComments {
  private static final String COMMENT = "comment";

  private final SourceText text;
  private final List<String> lines;

  private YamlComments(SourceText text) {
    this.text = text;
    this.lines = List.of(text.text().split("\n", -1));
  }

  static void attach(Node root, SourceText text) {
    if (text.text().indexOf('#') >= 0) {
      new YamlComments(text).attach(root);
    }
  }

  static Optional<String> of(Node item) {
    return Optional.ofNullable((String) item.getProperty(COMMENT));
  }

  private void attach(Node node) {
    if (node instanceof SequenceNode sequence) {
      for (Node item : sequence.getValue()) {
        if (item instanceof MappingNode mapping) {
          comment(mapping).ifPresent(comment -> item.setProperty(COMMENT, comment));
        }
        attach(item);
      }
    } else if (node instanceof MappingNode mapping) {
      mapping.getValue().forEach(tuple -> attach(tuple.getValueNode()));
    }
  }

  private Optional<String> comment(MappingNode item) {
    Optional<String> above = item.getStartMark().flatMap(this::above);
    if (above.isPresent()) {
      return above;
    }
    for (NodeTuple tuple : item.getValue()) {
      Optional<String> behind = tuple.getValueNode().getEndMark().flatMap(this::behind);
      if (behind.isPresent()) {
        return behind;
      }
    }
    return Optional.empty();
  }

  private Optional<String> above(Mark start) {
    String line = lines.get(start.getLine());
    String indent = line.substring(0, line.length() - line.stripLeading().length());
    if (!line.startsWith(indent + "-")) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    for (int at = start.getLine() - 1; at >= 0 && lines.get(at).startsWith(indent + "#"); at--) {
      parts.add(lines.get(at).substring(indent.length()));
    }
    Collections.reverse(parts);
    return reason(parts);
  }

  private Optional<String> behind(Mark end) {
    String all = text.text();
    int at = text.index(end.getIndex());
    int start = at;
    while (start < all.length() && (all.charAt(start) == ' ' || all.charAt(start) == '\t')) {
      start++;
    }
    if (end.getColumn() == 0 || start == at || !all.startsWith("#", start)) {
      return Optional.empty();
    }
    int newline = all.indexOf('\n', start);
    return reason(List.of(all.substring(start, newline < 0 ? all.length() : newline)));
  }

  private static Optional<String> reason(List<String> comments) {
    List<String> parts = new ArrayList<>();
    for (String comment : comments) {
      String text = comment.replaceFirst("^#+", "").strip().replaceAll("\\s+", " ");
      if (!text.isEmpty()) {
        parts.add(text);
      }
    }
    String text = String.join(" ", parts);
    return text.startsWith("- ") ? Optional.empty() : Optional.of(text).filter(Rule::isReason);
  }
}
