package dev.hardwire.cli.patch;

import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A rule of a manifest with the files that it applies to. */
public final class ManifestRule {
  /** The characters that make a pattern match more than one path. */
  private static final String SPECIAL = "*?[{\\";

  private record Pattern(Manifest.Text text, Glob glob) {
    boolean isOneFile() {
      return text.text().chars().noneMatch(c -> SPECIAL.indexOf(c) >= 0)
          && text.text().indexOf('/') >= 0;
    }
  }

  private final Manifest.Rule rule;
  private final List<Pattern> patterns = new ArrayList<>();
  private final Set<Pattern> used = new HashSet<>();
  private final List<TreeEntry> files = new ArrayList<>();

  public ManifestRule(Manifest.Rule rule) {
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

  public List<Glob> globs() {
    return patterns.stream().map(Pattern::glob).toList();
  }

  /** Whether the rule matches a file; remembers the patterns that match. */
  public boolean names(Path relative) {
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
  public TreeEntry take(TreeEntry file) {
    boolean one =
        patterns.stream().anyMatch(p -> p.isOneFile() && p.glob().matches(file.relative()));
    TreeEntry entry =
        one && file.unreadable().isEmpty()
            ? new TreeEntry(
                file.file(), file.relative(), true, file.otherNames(), file.unreadable())
            : file;
    files.add(entry);
    return entry;
  }

  public List<TreeEntry> files() {
    return files;
  }

  /**
   * Checks that the rule has an effect.
   *
   * @param root of the tree
   * @throws PolicyException if a pattern matches no file, or earlier rules match all of its files
   */
  public void requireUse(Path root) {
    for (Pattern pattern : patterns) {
      if (!used.contains(pattern)) {
        throw new PolicyException(
            pattern.text().position(),
            "\"%s\" matches no file in %s; correct or remove it"
                .formatted(pattern.text().text(), root));
      }
    }
    if (files.isEmpty()) {
      throw new PolicyException(
          rule.position(), "earlier entries match all of these files; remove this one");
    }
  }
}
