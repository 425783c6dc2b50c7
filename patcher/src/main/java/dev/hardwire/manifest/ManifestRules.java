package dev.hardwire.manifest;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import java.nio.file.Path;
import java.util.List;

/** The rules of a manifest, in order; each file gets the first that matches it. */
public final class ManifestRules {
  private final List<ManifestRule> rules;

  /**
   * Makes rules without files.
   *
   * @throws PolicyException if a pattern is invalid
   */
  public ManifestRules(Manifest manifest) {
    this.rules = manifest.rules().stream().map(ManifestRule::new).toList();
  }

  /** The rules, with the files that were assigned to them. */
  public List<ManifestRule> all() {
    return rules;
  }

  public List<Glob> globs() {
    return rules.stream().flatMap(rule -> rule.globs().stream()).toList();
  }

  /**
   * Assigns files to the first rules that match them; other files are left out.
   *
   * @return the files as they are to be worked on
   * @throws PolicyException if different rules match the names of a file
   */
  public List<TreeEntry> assign(List<TreeEntry> files) {
    return files.stream()
        .filter(file -> file.unreadable().isPresent() || isNamed(file.relative()))
        .map(this::assign)
        .toList();
  }

  private boolean isNamed(Path relative) {
    return rules.stream().anyMatch(rule -> rule.names(relative));
  }

  private TreeEntry assign(TreeEntry file) {
    ManifestRule rule = of(file.relative());
    for (TreeEntry other : file.otherNames()) {
      ManifestRule another = of(other.relative());
      if (another != rule) {
        throw new PolicyException(
            another.rule().position(),
            rule.rule().position(),
            "%s and %s are the same file, but different entries match them"
                .formatted(file.file(), other.file()));
      }
    }
    return rule.take(file);
  }

  public ManifestRule of(TreeEntry file) {
    return of(file.relative());
  }

  /** All rules are tried, as each remembers what it matches. */
  private ManifestRule of(Path relative) {
    ManifestRule first = null;
    for (ManifestRule rule : rules) {
      if (rule.names(relative) && first == null) {
        first = rule;
      }
    }
    // An unreadable directory has no rule: it may contain files of any.
    return first == null ? rules.get(0) : first;
  }

  /**
   * Checks that each rule has an effect.
   *
   * @param root of the tree
   * @throws PolicyException if a pattern matches no file, or earlier rules match all files of a
   *     rule
   */
  public void requireUse(Path root) {
    rules.forEach(rule -> rule.requireUse(root));
  }
}
