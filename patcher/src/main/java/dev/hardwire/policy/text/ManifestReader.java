package dev.hardwire.policy.text;

import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.text.NearestName;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Reads manifests. Everything that is not understood is an error with its line and column. */
public final class ManifestReader {
  private static final int VERSION = 1;
  private static final List<String> KEYS = List.of("version", "root", "signing", "files");
  private static final List<String> RULE_KEYS =
      List.of(
          "match",
          "optional",
          "leave",
          "policy",
          "preset",
          "derive",
          "hook",
          "library",
          "map_missing_calls",
          "shared_library",
          "signing",
          "on-refusal");

  /** Of which an entry has one. */
  private static final List<String> POLICIES = List.of("policy", "preset", "derive");

  private static final List<String> HOOKS = HookChoice.names();

  /** Keys about signing, which are options of the same name with dashes. */
  private static final List<String> SIGNING_KEYS =
      List.of(
          "key",
          "cert",
          "key_alias",
          "pkcs11_module",
          "password_file",
          "password_env",
          "digest",
          "rsa_pkcs1",
          "timestamp");

  /** Those of the keys whose values are file names. */
  private static final List<String> PATHS =
      List.of("key", "cert", "pkcs11_module", "password_file");

  private final Path folder;
  private final YamlNodes nodes;

  private ManifestReader(Path file, Path folder) {
    this.folder = folder;
    this.nodes = new YamlNodes(file.toString());
  }

  /** Reads a manifest. Paths in it are made relative to where it is. */
  public static Manifest read(Path file) throws IOException {
    Path parent = file.getParent();
    return read(file, parent == null ? Path.of("") : parent);
  }

  /**
   * Reads a manifest that is to be used elsewhere.
   *
   * @param folder to which paths in it are made relative; if empty, they stay as they are written
   */
  public static Manifest read(Path file, Path folder) throws IOException {
    SourceText text = SourceText.decode(PolicyFiles.bytes(file), file.toString());
    return new ManifestReader(file, folder).manifest(YamlDocument.root(text));
  }

  private Manifest manifest(Node root) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(root, "the manifest", KEYS);
    Node version = nodes.required(fields, "version", root, "the manifest");
    if (nodes.integer(version, "version") != VERSION) {
      throw nodes.error(version, "this release reads version " + VERSION);
    }
    List<Manifest.Setting> signing =
        fields.containsKey("signing") ? signing(fields.get("signing").value()) : List.of();
    List<Manifest.Rule> rules = new ArrayList<>();
    Node list = nodes.required(fields, "files", root, "the manifest");
    for (Node item : nodes.list(list, "files")) {
      rules.add(rule(item, signing, fields.containsKey("signing")));
    }
    if (rules.isEmpty()) {
      throw nodes.error(list, "the manifest names no files");
    }
    return new Manifest(
        Optional.ofNullable(fields.get("root"))
            .map(f -> new Manifest.Text(path(f.value(), "root"), nodes.position(f.value()))),
        rules);
  }

  /**
   * Reads an entry.
   *
   * @param otherwise how files are signed if the entry does not say so
   * @param unsignedByDefault whether the manifest says how, so that no setting means no signature
   */
  private Manifest.Rule rule(
      Node item, List<Manifest.Setting> otherwise, boolean unsignedByDefault) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(item, "an entry of files", RULE_KEYS);
    Position position = nodes.position(item);
    List<Manifest.Text> files =
        patterns(nodes.required(fields, "match", item, "an entry of files"));
    boolean optional = nodes.bool(fields, "optional", false);
    if (nodes.bool(fields, "leave", false)) {
      YamlNodes.Field other =
          fields.values().stream()
              .filter(f -> !List.of("match", "optional", "leave").contains(f.key()))
              .findFirst()
              .orElse(null);
      if (other != null) {
        throw new PolicyException(
            other.position(), "\"" + other.key() + "\" has no meaning for files that are left");
      }
      return new Manifest.Rule(
          files, optional, true, List.of(), List.of(), false, Manifest.OnRefusal.OLD, position);
    }
    List<String> policies = POLICIES.stream().filter(fields::containsKey).toList();
    if (policies.isEmpty()) {
      nodes.required(fields, "policy", item, "an entry of files");
    } else if (policies.size() > 1) {
      throw nodes.error(
          fields.get(policies.get(1)).value(),
          "an entry has a policy, a preset or derive; remove all but one");
    }
    boolean isSigningGiven = fields.containsKey("signing");
    List<Manifest.Setting> signing =
        isSigningGiven ? signing(fields.get("signing").value()) : otherwise;
    boolean unsigned = (isSigningGiven || unsignedByDefault) && signing.isEmpty();
    return new Manifest.Rule(
        files,
        optional,
        false,
        settings(fields),
        signing,
        unsigned,
        onRefusal(fields.get("on-refusal")),
        position);
  }

  private Manifest.OnRefusal onRefusal(YamlNodes.Field field) {
    if (field == null) {
      return Manifest.OnRefusal.OLD;
    }
    String text = nodes.string(field.value(), field.key());
    for (Manifest.OnRefusal one : Manifest.OnRefusal.values()) {
      if (one.toString().equals(text)) {
        return one;
      }
    }
    throw nodes.error(field.value(), "on-refusal is old, stop or unconfined");
  }

  private List<Manifest.Text> patterns(Node node) {
    List<Manifest.Text> patterns = new ArrayList<>();
    for (Node item : node instanceof SequenceNode ? nodes.list(node, "match") : List.of(node)) {
      patterns.add(new Manifest.Text(nodes.string(item, "a pattern"), nodes.position(item)));
    }
    if (patterns.isEmpty()) {
      throw nodes.error(node, "match lists no pattern");
    }
    return patterns;
  }

  private List<Manifest.Setting> settings(Map<String, YamlNodes.Field> fields) {
    List<Manifest.Setting> settings = new ArrayList<>();
    if (fields.containsKey("derive")) {
      settings.add(derive(fields));
    } else if (fields.containsKey("preset")) {
      Node preset = fields.get("preset").value();
      settings.add(setting("preset", filled(nodes.string(preset, "preset"), preset), preset));
    } else {
      Node policy = fields.get("policy").value();
      settings.add(setting("policy", path(policy, "policy"), policy));
    }
    if (fields.containsKey("hook")) {
      Node node = fields.get("hook").value();
      String hook = nodes.string(node, "hook");
      if (!HOOKS.contains(hook)) {
        throw nodes.error(
            node,
            "unknown hook \"%s\"%s (known: %s)"
                .formatted(hook, NearestName.hint(hook, HOOKS), String.join(", ", HOOKS)));
      }
      settings.add(setting("hook", hook, node));
    }
    if (fields.containsKey("library")) {
      Node node = fields.get("library").value();
      if (fields.containsKey("hook")) {
        throw nodes.error(node, "a library has no hook: the dynamic linker calls it");
      }
      settings.add(setting("mode", "needed", node));
      settings.add(setting("library", filled(nodes.string(node, "library"), node), node));
    }
    for (String flag : List.of("map_missing_calls", "shared_library")) {
      if (nodes.bool(fields, flag, false)) {
        settings.add(setting(flag.replace('_', '-'), "", fields.get(flag).value()));
      }
    }
    return settings;
  }

  private Manifest.Setting derive(Map<String, YamlNodes.Field> fields) {
    Node node = fields.get("derive").value();
    String text = nodes.string(node, "derive");
    if (!text.equals("again") && !text.equals("once")) {
      throw nodes.error(node, "derive is again or once");
    }
    for (String other : List.of("library", "shared_library")) {
      if (fields.containsKey(other)) {
        throw nodes.error(fields.get(other).value(), other + " and derive cannot be used together");
      }
    }
    return setting("derive", text, node);
  }

  /** The signing settings; {@code false} means no signature. */
  private List<Manifest.Setting> signing(Node node) {
    if (!(node instanceof MappingNode)) {
      if (nodes.bool(node, "signing")) {
        throw nodes.error(node, "signing must be false, or say which key signs");
      }
      return List.of();
    }
    Map<String, YamlNodes.Field> fields = nodes.mapping(node, "signing", SIGNING_KEYS);
    nodes.required(fields, "key", node, "signing");
    List<Manifest.Setting> settings = new ArrayList<>();
    for (YamlNodes.Field field : fields.values()) {
      String option = field.key().replace('_', '-');
      Node value = field.value();
      if (field.key().equals("rsa_pkcs1")) {
        if (nodes.bool(value, field.key())) {
          settings.add(setting(option, "", value));
        }
      } else if (field.key().equals("cert") && value instanceof SequenceNode) {
        nodes.list(value, "cert").forEach(c -> settings.add(setting("cert", path(c, "cert"), c)));
      } else {
        boolean isPath = PATHS.contains(field.key());
        settings.add(
            setting(
                option,
                isPath ? path(value, field.key()) : filled(nodes.text(value, field.key()), value),
                value));
      }
    }
    return settings;
  }

  private String filled(String text, Node node) {
    if (text.isEmpty()) {
      throw nodes.error(node, "the text is empty");
    }
    return text;
  }

  private Manifest.Setting setting(String option, String value, Node node) {
    return new Manifest.Setting(option, value, nodes.position(node));
  }

  /** A path relative to the manifest; a token's address such as {@code pkcs11:...} is not one. */
  private String path(Node node, String what) {
    String text = filled(nodes.string(node, what), node);
    if (text.startsWith("pkcs11:")) {
      return text;
    }
    try {
      return folder.resolve(text).toString();
    } catch (InvalidPathException e) {
      throw nodes.error(node, what + " is no path");
    }
  }
}
