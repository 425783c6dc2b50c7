package dev.hardwire.policy.text;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Rule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads Hardwire's own policy format.
 *
 * <p>Everything that is not understood is an error: unknown keys, wrong types, duplicates. Whether
 * the named system calls exist is the compiler's to say, since that depends on the architecture.
 */
public final class YamlPolicyReader {
  static final String MAP = "map_missing_calls";
  static final String SEAL = "seal";

  private static final List<String> POLICY_KEYS =
      List.of(
          "version",
          "name",
          "default",
          "rules",
          "no_new_privs",
          "log",
          MAP,
          YamlLandlock.SECTION,
          YamlLimits.SECTION,
          YamlCapabilities.SECTION,
          SEAL,
          CallWeights.SECTION,
          YamlPhases.SECTION);

  private final YamlNodes nodes;
  private final PolicyFiles files;
  private final CallWeights.Names names;

  private YamlPolicyReader(String source, PolicyFiles files, CallWeights.Names names) {
    this.nodes = new YamlNodes(source);
    this.files = files;
    this.names = names;
  }

  /**
   * Reads one policy that stands alone: includes are errors.
   *
   * @param content the bytes of the file
   * @param source the name that messages give it
   */
  public static Policy read(byte[] content, String source) {
    CallWeights.Names names = new CallWeights.Names(name -> true);
    return read(SourceText.decode(content, source), PolicyFiles.none(), names);
  }

  public static Policy read(Path file) throws IOException {
    return read(file, List.of());
  }

  /**
   * Reads a policy file and what it includes.
   *
   * @param roots folders in which included files are looked for, after that of the file
   */
  public static Policy read(Path file, List<Path> roots) throws IOException {
    return read(file, roots, new CallWeights.Names(name -> true)).policy();
  }

  /**
   * Reads a policy file and what it includes.
   *
   * @param names the known calls
   * @return with warnings of weights that have no effect
   */
  public static ReadPolicy read(Path file, List<Path> roots, CallWeights.Names names)
      throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    Policy policy = read(text, PolicyFiles.beside(file, roots), names);
    return new ReadPolicy(policy, names.warnings());
  }

  private static Policy read(SourceText text, PolicyFiles files, CallWeights.Names names) {
    Node root = YamlDocument.root(text);
    return new YamlPolicyReader(text.source(), files, names).policy(root);
  }

  static List<Rule> fragment(byte[] content, String source) {
    return YamlRuleReader.fragment(
        SourceText.decode(content, source), PolicyFiles.none(), new PolicyDefinitions());
  }

  private Policy policy(Node root) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(root, "the policy");
    List<String> known = new ArrayList<>(POLICY_KEYS);
    known.addAll(YamlLanguage.KEYS);
    YamlNodes.onlyKeys(fields, "the policy", known);
    int version = version(nodes, fields, root); // before what other versions may do without
    YamlLanguage language = YamlLanguage.of(nodes, fields, files);
    fields = language.settings();
    Node otherwise = nodes.required(fields, "default", root, "the policy");
    boolean restricts =
        fields.containsKey(YamlLandlock.SECTION)
            || fields.containsKey(YamlLimits.SECTION)
            || fields.containsKey(YamlCapabilities.SECTION)
            || nodes.bool(fields, SEAL, false);
    boolean allows = action(otherwise) instanceof Action.Allow;
    if (!fields.containsKey("include") && !(allows && restricts)) {
      nodes.required(fields, "rules", root, "the policy");
    }
    return new Policy(
        version,
        name(fields),
        action(otherwise),
        language.rules(),
        nodes.bool(fields, "no_new_privs", true),
        nodes.bool(fields, "log", false),
        nodes.bool(fields, MAP, false),
        nodes.position(otherwise),
        landlock(fields),
        limits(fields),
        capabilities(fields),
        nodes.bool(fields, SEAL, false),
        phases(fields, language),
        weights(fields));
  }

  private Map<String, Long> weights(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(CallWeights.SECTION);
    return field == null ? Map.of() : CallWeights.read(nodes, field, names);
  }

  private List<Phase> phases(Map<String, YamlNodes.Field> fields, YamlLanguage language) {
    YamlNodes.Field field = fields.get(YamlPhases.SECTION);
    if (field == null) {
      return List.of();
    }
    requireNoNewPrivs(fields, field, "phases require");
    return YamlPhases.read(nodes, field, language);
  }

  private void requireNoNewPrivs(
      Map<String, YamlNodes.Field> fields, YamlNodes.Field section, String what) {
    if (!nodes.bool(fields, "no_new_privs", true)) {
      throw new PolicyException(
          section.position(),
          fields.get("no_new_privs").position(),
          what + " no_new_privs; remove one of the two");
    }
  }

  private Optional<Landlock> landlock(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(YamlLandlock.SECTION);
    if (field == null) {
      return Optional.empty();
    }
    requireNoNewPrivs(fields, field, "landlock requires");
    return Optional.of(YamlLandlock.read(nodes, field));
  }

  private Optional<Limits> limits(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(YamlLimits.SECTION);
    return field == null ? Optional.empty() : Optional.of(YamlLimits.read(nodes, field));
  }

  private Optional<Capabilities> capabilities(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get(YamlCapabilities.SECTION);
    if (field == null) {
      return Optional.empty();
    }
    requireNoNewPrivs(fields, field, "capabilities require");
    return Optional.of(YamlCapabilities.read(nodes, field));
  }

  static int version(YamlNodes nodes, Map<String, YamlNodes.Field> fields, Node root) {
    Node given = nodes.required(fields, "version", root, "the policy");
    int version = nodes.integer(given, "version");
    if (version != Policy.VERSION) {
      throw nodes.error(
          given,
          "version " + version + " is not known; this release reads version " + Policy.VERSION);
    }
    return version;
  }

  private String name(Map<String, YamlNodes.Field> fields) {
    YamlNodes.Field field = fields.get("name");
    if (field == null) {
      return "unnamed";
    }
    String name = nodes.string(field.value(), "name");
    if (!Policy.isName(name)) {
      throw nodes.error(field.value(), "name must be 1 to 100 printable characters");
    }
    return name;
  }

  private Action action(Node node) {
    return YamlRuleReader.action(nodes.string(node, "default"), nodes.position(node));
  }
}
