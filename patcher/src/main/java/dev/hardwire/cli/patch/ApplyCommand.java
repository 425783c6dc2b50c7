package dev.hardwire.cli.patch;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.Glob;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import dev.hardwire.policy.format.Manifest;
import dev.hardwire.policy.format.ManifestReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire apply}. */
@Command(
    name = "apply",
    description = "Make the files of a tree what a manifest says of them.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ApplyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description = "Write nothing; fail with exit code 5 if a file is not as the manifest says.")
  private boolean check;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "The directory of the files (default: what the manifest says).")
  private Path root;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Write each result to its place in this directory; without it, in place.")
  private Path outputs;

  @Option(names = "--json", description = "Print a JSON document that says what became of files.")
  private boolean json;

  @Mixin private final BatchOptions batch = new BatchOptions();

  @Parameters(paramLabel = "MANIFEST", description = "A YAML file: which files get which policy.")
  private Path file;

  @Override
  public Integer call() throws IOException {
    InputFile.require(file);
    Manifest manifest = ManifestReader.read(file);
    Path tree = root(manifest);
    requireDirectories(tree);
    List<ManifestRule> rules = manifest.rules().stream().map(ManifestRule::new).toList();
    List<Glob> globs = rules.stream().flatMap(rule -> rule.globs().stream()).toList();
    FileTree.Listing found =
        FileTree.list(
            List.of(tree), new FileTree.Choice(globs, List.of(), Optional.ofNullable(outputs)));
    List<TreeEntry> files = new ArrayList<>();
    for (TreeEntry entry : found.entries()) {
      files.add(decide(entry, rules));
    }
    if (files.stream().allMatch(entry -> entry.unreadable().isEmpty())) {
      rules.forEach(rule -> rule.requireUse(tree));
    } // else it is not known what patterns match, and what cannot be read fails
    Map<TreeEntry, Batch.Action> actions = new HashMap<>();
    for (ManifestRule rule : rules) {
      Batch.Action action = action(rule);
      rule.files().forEach(entry -> actions.put(entry, action));
    }
    String word = check ? "pending" : "patched";
    CountingReport report = new CountingReport(spec.commandLine().getOut(), word, true, json);
    int code =
        new Batch(Streams.of(spec), batch, report)
            .run(
                new FileTree.Listing(files, found.links(), found.special()),
                (entry, out, err) -> actions.get(entry).run(entry, out, err));
    boolean pending = check && code == ExitCode.OK.code() && report.isAnyDone();
    return pending ? ExitCode.VERIFICATION_FAILED.code() : code;
  }

  private void requireDirectories(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      throw new NotDirectoryException(tree.toString());
    }
    if (outputs != null && !check) {
      Files.createDirectories(outputs);
    }
    if (outputs != null && Files.exists(outputs) && Files.isSameFile(outputs, tree)) {
      throw new UsageException(outputs + " is the input; leave --output-dir out to replace files");
    }
  }

  private Path root(Manifest manifest) {
    if (root != null) {
      return root;
    }
    Path folder = file.getParent() == null ? Path.of(".") : file.getParent();
    return manifest.root().map(text -> Path.of(text.text())).orElse(folder);
  }

  /** Gives a file to the first rule that names it; all of its names must be given to one. */
  private static TreeEntry decide(TreeEntry entry, List<ManifestRule> rules) {
    ManifestRule rule = first(entry.relative(), rules);
    for (TreeEntry other : entry.otherNames()) {
      ManifestRule another = first(other.relative(), rules);
      if (another != rule) {
        throw new PolicyException(
            another.rule().position(),
            rule.rule().position(),
            "%s and %s are one file, about which two entries decide"
                .formatted(entry.file(), other.file()));
      }
    }
    return rule.take(entry);
  }

  private static ManifestRule first(Path relative, List<ManifestRule> rules) {
    ManifestRule first = null;
    for (ManifestRule rule : rules) {
      if (rule.names(relative) && first == null) {
        first = rule;
      }
    }
    if (first == null) { // a directory that could not be read: it may hold what any rule names
      return rules.get(0);
    }
    return first;
  }

  /** What a rule does with one of its files. */
  private Batch.Action action(ManifestRule rule) throws IOException {
    if (rule.rule().leave()) {
      return (entry, out, err) -> FileResult.skipped("left");
    }
    PatchCommand command = new PatchCommand();
    List<String> words = new ArrayList<>();
    List<Manifest.Setting> settings = new ArrayList<>(rule.rule().settings());
    settings.addAll(rule.rule().signing());
    for (Manifest.Setting setting : settings) {
      words.add("--" + setting.option() + (setting.value().isEmpty() ? "" : "=" + setting.value()));
    }
    words.add("--recursive");
    words.addAll(
        outputs == null ? List.of("--in-place", "--replace") : List.of("--output-dir=" + outputs));
    words.add(".");
    try {
      new CommandLine(command)
          .setOut(spec.commandLine().getOut())
          .setErr(spec.commandLine().getErr())
          .setExpandAtFiles(false)
          .setTrimQuotes(false)
          .setCaseInsensitiveEnumValuesAllowed(true)
          .parseArgs(words.toArray(String[]::new));
      Batch.Action action = command.prepare(rule.files(), check);
      return (entry, out, err) -> {
        if (entry.named() && outputs != null && !check) {
          Files.createDirectories(outputs.resolve(entry.relative()).toAbsolutePath().getParent());
        }
        return action.run(entry, out, err);
      };
    } catch (UsageException e) {
      throw new PolicyException(rule.rule().position(), e.getMessage());
    } catch (ParameterException e) {
      throw new PolicyException(position(e, settings, rule.rule().position()), e.getMessage());
    }
  }

  /** Where the value stands that an option does not take. */
  private static Position position(
      ParameterException failure, List<Manifest.Setting> settings, Position otherwise) {
    if (!(failure.getArgSpec() instanceof CommandLine.Model.OptionSpec option)) {
      return otherwise;
    }
    List<String> names = List.of(option.names());
    return settings.stream()
        .filter(setting -> names.contains("--" + setting.option()))
        .findFirst()
        .map(Manifest.Setting::position)
        .orElse(otherwise);
  }
}
