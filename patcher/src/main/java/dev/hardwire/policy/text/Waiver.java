package dev.hardwire.policy.text;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A finding of a report that its owner accepts for some programs until a day.
 *
 * @param finding the name of its rule
 * @param programs patterns for their paths, or SHA-256 of files, after {@code sha256:}
 * @param reason why it is accepted
 * @param until the last day on which it is
 * @param position in the file
 */
public record Waiver(
    String finding, List<Pattern> programs, String reason, LocalDate until, Position position) {
  private static final List<String> KEYS = List.of("finding", "programs", "reason", "until");
  private static final String DIGEST = "sha256:";

  /**
   * What a waiver is about.
   *
   * @param text as it is written
   * @param paths the pattern; null for a digest
   */
  public record Pattern(String text, PathMatcher paths) {
    private boolean matches(String path, String sha256) {
      return paths == null
          ? text.substring(DIGEST.length()).equalsIgnoreCase(sha256)
          : paths.matches(Path.of(path));
    }
  }

  public Waiver {
    programs = List.copyOf(programs);
  }

  public boolean covers(String path, String sha256) {
    return programs.stream().anyMatch(pattern -> pattern.matches(path, sha256));
  }

  /**
   * Reads a file of waivers.
   *
   * @param source its name, for errors
   * @param findings the names of rules
   * @throws PolicyException with the place of what is wrong
   */
  public static List<Waiver> read(byte[] content, String source, Collection<String> findings) {
    Node root = YamlDocument.root(SourceText.decode(content, source));
    YamlNodes nodes = new YamlNodes(source);
    Map<String, YamlNodes.Field> fields =
        nodes.mapping(root, "the file of waivers", List.of("version", "waivers"));
    Node version = required(nodes, fields, "version", root);
    if (nodes.integer(version, "version") != 1) {
      throw nodes.error(version, "this release reads version 1");
    }
    List<Waiver> waivers = new ArrayList<>();
    for (Node item : nodes.list(required(nodes, fields, "waivers", root), "waivers")) {
      waivers.add(waiver(nodes, item, findings));
    }
    return waivers;
  }

  private static Node required(
      YamlNodes nodes, Map<String, YamlNodes.Field> fields, String key, Node parent) {
    YamlNodes.Field field = fields.get(key);
    if (field == null) {
      throw nodes.error(parent, "\"" + key + "\" is missing; add it");
    }
    return field.value();
  }

  private static Waiver waiver(YamlNodes nodes, Node item, Collection<String> findings) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(item, "a waiver", KEYS);
    Node rule = required(nodes, fields, "finding", item);
    String finding = nodes.string(rule, "finding");
    if (!findings.contains(finding)) {
      throw nodes.error(
          rule, "unknown finding \"" + finding + "\"" + NearestName.hint(finding, findings));
    }
    List<Pattern> patterns = new ArrayList<>();
    Node programs = required(nodes, fields, "programs", item);
    for (Node program : nodes.list(programs, "programs")) {
      patterns.add(pattern(nodes, program));
    }
    Node reason = required(nodes, fields, "reason", item);
    String why = nodes.string(reason, "reason");
    if (patterns.isEmpty() || why.isBlank()) {
      throw nodes.error(item, "a waiver needs programs and a reason");
    }
    Node until = required(nodes, fields, "until", item);
    try {
      LocalDate day = LocalDate.parse(nodes.string(until, "until"));
      return new Waiver(finding, patterns, why, day, nodes.position(item));
    } catch (DateTimeException e) {
      throw nodes.error(until, "until must be a day such as 2027-01-31");
    }
  }

  private static Pattern pattern(YamlNodes nodes, Node node) {
    String text = nodes.string(node, "a program");
    if (text.startsWith(DIGEST)) {
      if (!text.substring(DIGEST.length()).matches("[0-9A-Fa-f]{64}")) {
        throw nodes.error(node, "sha256: must be followed by 64 hexadecimal digits");
      }
      return new Pattern(text, null);
    }
    try {
      String anywhere = text.indexOf('/') >= 0 ? text : "{**/,}" + text;
      return new Pattern(text, FileSystems.getDefault().getPathMatcher("glob:" + anywhere));
    } catch (PatternSyntaxException e) {
      throw nodes.error(node, "not a valid pattern: " + e.getDescription());
    }
  }
}
