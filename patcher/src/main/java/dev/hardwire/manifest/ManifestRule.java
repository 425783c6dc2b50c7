package dev.hardwire.manifest;

import dev.hardwire.Credentials;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.Hardwire;
import dev.hardwire.PatchResult;
import dev.hardwire.PatchTask;
import dev.hardwire.policy.HookChoice;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.sign.algorithm.Digest;
import dev.hardwire.text.NearestName;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.KeyPassword;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** A rule of a manifest with the files that it applies to. */
public final class ManifestRule {
  private record Pattern(Manifest.Text text, Glob glob) {}

  private final Manifest.Rule rule;
  private final List<Pattern> patterns = new ArrayList<>();
  private final Set<Pattern> used = new HashSet<>();
  private final List<TreeEntry> files = new ArrayList<>();

  ManifestRule(Manifest.Rule rule) {
    this.rule = rule;
    for (Manifest.Text text : rule.files()) {
      try {
        patterns.add(new Pattern(text, Glob.of(text.text())));
      } catch (IllegalArgumentException e) {
        throw new PolicyException(text.position(), e.getMessage());
      }
    }
  }

  public Manifest.Rule rule() {
    return rule;
  }

  List<Glob> globs() {
    return patterns.stream().map(Pattern::glob).toList();
  }

  /** Whether the rule matches a file; remembers the patterns that match. */
  boolean names(Path relative) {
    boolean named = false;
    for (Pattern pattern : patterns) {
      if (pattern.glob().matches(relative)) {
        used.add(pattern);
        named = true;
      }
    }
    return named;
  }

  /** Adds a file to which the rule applies. */
  TreeEntry take(TreeEntry file) {
    boolean one =
        patterns.stream().anyMatch(p -> p.glob().isPath() && p.glob().matches(file.relative()));
    TreeEntry entry = one && file.unreadable().isEmpty() ? file.asNamed() : file;
    files.add(entry);
    return entry;
  }

  public List<TreeEntry> files() {
    return files;
  }

  /** See {@link ManifestRules#requireUse}. */
  void requireUse(Path root) {
    if (rule.optional()) {
      return;
    }
    for (Pattern pattern : patterns) {
      if (!used.contains(pattern)) {
        throw new PolicyException(
            pattern.text().position(),
            "\"%s\" matches no file in %s; correct or remove it, or add \"optional: true\""
                .formatted(pattern.text().text(), root));
      }
    }
    if (files.isEmpty()) {
      throw new PolicyException(
          rule.position(), "earlier entries match all of these files; remove this one");
    }
  }

  /**
   * The patch that the settings of the rule describe.
   *
   * @param found the files of the rule, as the library takes them
   * @throws PolicyException if a setting is invalid, with its position
   * @throws IOException if the file with the key's password cannot be read
   */
  public PatchTask task(List<FoundFile> found) throws IOException {
    if (rule.derive().isPresent()) {
      throw new PolicyException(
          rule.position(),
          "policies are not derived here; derive them first, and name them by \"policy\"");
    }
    return task(Hardwire.patch(found));
  }

  /** Gives the policy of a file whose rule says {@code derive}. */
  public interface PolicyOf {
    /** The policy. */
    Policy of(ManifestRule rule, FoundFile file) throws IOException;
  }

  /** Prepares what is done with a patch. */
  public interface Preparation {
    /**
     * The work.
     *
     * @throws IOException if a key cannot be read
     */
    FileWork<PatchResult> of(PatchTask task) throws IOException;
  }

  /**
   * The work on the files of the rule. Policies that are derived from programs are derived when
   * their turn comes.
   *
   * @throws PolicyException if a setting is invalid, with its position
   * @throws IOException if the file with the key's password cannot be read
   */
  public FileWork<PatchResult> work(PolicyOf policies, Preparation preparation) throws IOException {
    if (rule.derive().isEmpty()) {
      return preparation.of(task(FoundFiles.of(files)));
    }
    return (file, messages) ->
        preparation
            .of(task(Hardwire.patch(List.of(file)).policy(policies.of(this, file), "derive")))
            .run(file, messages);
  }

  private PatchTask task(PatchTask start) throws IOException {
    PatchTask task = start;
    for (Manifest.Setting setting : rule.settings()) {
      try {
        task = with(task, setting);
      } catch (IllegalArgumentException e) {
        throw new PolicyException(setting.position(), e.getMessage());
      }
    }
    if (rule.unsigned()) {
      return task.requireUnsigned();
    }
    return rule.signing().isEmpty() ? task : task.signWith(credentials());
  }

  private static PatchTask with(PatchTask task, Manifest.Setting setting) {
    String value = setting.value();
    return switch (setting.option()) {
      case "policy" -> task.policy(Path.of(value));
      case "preset" -> {
        Preset preset = named(value, Preset.values());
        yield task.policy(preset.policy(), "the preset " + preset);
      }
      case "hook" -> task.hook(HookChoice.named(value).orElseThrow());
      case "library" -> task.neededLibrary(value);
      case "mode", "derive" -> task; // that of the library, and the caller's policy
      case "map-missing-calls" -> task.mapMissingCalls();
      case "shared-library" -> task.allowSharedLibrary();
      default -> throw unknown(setting);
    };
  }

  private static <T> T named(String text, T[] values) {
    for (T value : values) {
      if (value.toString().equalsIgnoreCase(text)) {
        return value;
      }
    }
    List<String> names = Arrays.stream(values).map(Object::toString).toList();
    throw new IllegalArgumentException(
        "unknown name \"%s\"%s (known: %s)"
            .formatted(text, NearestName.hint(text, names), String.join(", ", names)));
  }

  private static IllegalStateException unknown(Manifest.Setting setting) {
    return new IllegalStateException("nothing is known of the setting " + setting);
  }

  private Credentials credentials() throws IOException {
    Map<String, String> values = new HashMap<>();
    List<Path> certificates = new ArrayList<>();
    for (Manifest.Setting setting : rule.signing()) {
      if (setting.option().equals("cert")) {
        certificates.add(Path.of(setting.value()));
      } else {
        values.put(setting.option(), setting.value());
      }
    }
    String key = values.get("key");
    Credentials all =
        values.containsKey("pkcs11-module")
            ? Credentials.ofToken(Path.of(values.get("pkcs11-module")), key)
            : Credentials.of(Path.of(key));
    all = all.certificates(certificates.toArray(Path[]::new)).password(password(key, values));
    for (Manifest.Setting setting : rule.signing()) {
      try {
        all = with(all, setting);
      } catch (IllegalArgumentException e) {
        throw new PolicyException(setting.position(), e.getMessage());
      }
    }
    return all;
  }

  private Supplier<char[]> password(String key, Map<String, String> values) throws IOException {
    if (values.containsKey("password-file") && values.containsKey("password-env")) {
      throw new PolicyException(
          rule.position(), "password_file and password_env cannot be used together");
    }
    return KeyPassword.of(
        key,
        Optional.ofNullable(values.get("password-file")).map(Path::of),
        Optional.ofNullable(values.get("password-env")));
  }

  private static Credentials with(Credentials all, Manifest.Setting setting) {
    String value = setting.value();
    return switch (setting.option()) {
      case "key-alias" -> all.alias(value);
      case "digest" -> all.digest(named(value, Digest.values()).text());
      case "rsa-pkcs1" -> all.rsaPkcs1();
      case "timestamp" -> all.timestamp(URI.create(value));
      case "key", "cert", "pkcs11-module", "password-file", "password-env" -> all; // read before
      default -> throw unknown(setting);
    };
  }
}
