package dev.hardwire.cli.patch;

import dev.hardwire.Destination;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.ImagePrograms;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.input.InputFile;
import dev.hardwire.os.Directory;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.policy.text.ManifestReader;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.VerificationFailure;
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
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hardwire apply}. */
@Command(
    name = "apply",
    description = "Patch the files of a directory tree as a manifest specifies.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire apply --check manifest.yaml",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ApplyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--check",
      description =
          "Write nothing; exit with 5 if a file differs from what the manifest specifies.")
  private boolean check;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "Root directory of the files, or a container image (an OCI layout, or an archive of"
              + " one or of docker save), or a Debian package (default: as the manifest"
              + " specifies).")
  private Path root;

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Write each result to its relative path in this directory (default: replace the"
              + " files).")
  private Path outputs;

  @Option(
      names = "--allow-unmatched",
      description =
          "Accept patterns that match no file: the manifest is for more than this tree or image.")
  private boolean unmatched;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "Patch part I of N of a directory's files only, such as 1/4: a file's path decides which"
              + " part it is in.")
  private String shard;

  @Option(names = "--json", description = "Print the result for each file as a JSON document.")
  private boolean json;

  @Mixin private final BatchOptions batch = new BatchOptions();
  @Mixin private final ImageOptions images = new ImageOptions();

  @Parameters(paramLabel = "MANIFEST", description = "YAML file that assigns policies to files.")
  private Path file;

  @Override
  public Integer call() throws IOException, VerificationFailure {
    InputFile.require(file);
    Manifest manifest = ManifestReader.read(file);
    Path tree = root(manifest);
    List<ManifestRule> rules = manifest.rules().stream().map(ManifestRule::new).toList();
    if (ImagePrograms.isImage(tree)) {
      return applyToImage(tree, rules);
    }
    images.check(Optional.empty(), check);
    requireDirectories(tree);
    List<Glob> globs = rules.stream().flatMap(rule -> rule.globs().stream()).toList();
    FileTree.Listing found =
        FileTree.list(
            List.of(tree), new FileTree.Choice(globs, List.of(), Optional.ofNullable(outputs)));
    CountingReport report = report();
    Destination place =
        outputs == null ? Destination.inPlace() : Destination.directory(outputs).keepingResults();
    Destination destination = batch.grouped(place, found.entries().size());
    int code =
        run(
            tree,
            found,
            rules,
            report,
            Optional.of(destination),
            rule -> action(rule, destination));
    boolean pending = check && code == ExitCode.OK.code() && report.isAnyDone();
    return pending ? ExitCode.VERIFICATION_FAILED.code() : code;
  }

  private CountingReport report() {
    String word = check ? "pending" : "patched";
    return new CountingReport(spec.commandLine().getOut(), word, true, json);
  }

  /** Makes the work on the files of a rule. */
  private interface Preparation {
    Batch.Action of(ManifestRule rule) throws IOException;
  }

  private int run(
      Path tree,
      FileTree.Listing found,
      List<ManifestRule> rules,
      CountingReport report,
      Optional<Destination> destination,
      Preparation preparation)
      throws IOException {
    List<TreeEntry> files = new ArrayList<>();
    for (TreeEntry entry : found.entries()) {
      files.add(decide(entry, rules));
    }
    if (!unmatched && files.stream().allMatch(entry -> entry.unreadable().isEmpty())) {
      rules.forEach(rule -> rule.requireUse(tree));
    } // else a pattern may match unread files, and the unreadable ones fail
    Map<TreeEntry, Batch.Action> actions = new HashMap<>();
    for (ManifestRule rule : rules) {
      Batch.Action action = preparation.of(rule);
      rule.files().forEach(entry -> actions.put(entry, action));
    }
    FileTree.Listing all = new FileTree.Listing(files, found.links(), found.special());
    FileTree.Listing part = TreeOptions.shard(shard).of(all);
    return new Batch(Streams.of(spec), batch, report, destination)
        .run(
            part,
            (entry, out, warnings) -> {
              warnings.note(entry.file(), rule(entry, rules));
              return actions.get(entry).run(entry, out, warnings);
            });
  }

  /** Patches programs of an image. The image is written only if all of them could be patched. */
  private int applyToImage(Path image, List<ManifestRule> rules)
      throws IOException, VerificationFailure {
    if (outputs != null) {
      throw new UsageException("--output-dir is for directories; use --output for images");
    }
    if (shard != null) {
      throw new UsageException("--shard is for directories; an image is written as a whole");
    }
    try (ImagePrograms programs = new ImagePrograms()) {
      List<TreeEntry> found = programs.add(image);
      images.check(Optional.of(programs), check);
      List<TreeEntry> entries =
          found.stream()
              .filter(entry -> rules.stream().anyMatch(rule -> rule.names(entry.relative())))
              .toList();
      CountingReport report = report();
      int code =
          run(
              image,
              new FileTree.Listing(entries, 0, 0),
              rules,
              report,
              Optional.empty(),
              rule -> imageAction(rule, programs));
      boolean isChanged = code == ExitCode.OK.code() && report.isAnyDone();
      if (check) {
        return isChanged ? ExitCode.VERIFICATION_FAILED.code() : code;
      }
      if (isChanged || (code == ExitCode.OK.code() && images.output != null)) {
        images.write(image, programs, spec.commandLine().getOut(), json || batch.isQuiet());
      }
      if (code == ExitCode.OK.code() && !json) {
        programs.printEntryPoints(spec.commandLine().getOut());
      }
      return code;
    }
  }

  private Batch.Action imageAction(ManifestRule rule, ImagePrograms programs) throws IOException {
    return rule.rule().leave()
        ? (entry, out, warnings) -> FileResult.skipped("left")
        : new RuleSettings(spec, Optional.ofNullable(outputs))
            .action(rule, command -> command.prepare(rule.files(), programs, check));
  }

  private void requireDirectories(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      throw new NotDirectoryException(tree.toString());
    }
    if (outputs != null && !check) {
      Directory.make(outputs);
    }
    if (outputs != null && Files.exists(outputs) && Files.isSameFile(outputs, tree)) {
      throw new UsageException(outputs + " is the input; omit --output-dir to replace files");
    }
  }

  private Path root(Manifest manifest) {
    if (root != null) {
      return root;
    }
    Path folder = file.getParent() == null ? Path.of(".") : file.getParent();
    return manifest.root().map(text -> Path.of(text.text())).orElse(folder);
  }

  /** The rule of a file, for people. */
  private String rule(TreeEntry entry, List<ManifestRule> rules) {
    Manifest.Rule rule = first(entry.relative(), rules).rule();
    return "%s:%d applies: %s"
        .formatted(
            file,
            rule.position().line(),
            rule.leave()
                ? "leave"
                : rule.settings().stream()
                    .map(setting -> setting.option() + " " + setting.value())
                    .collect(Collectors.joining(", ")));
  }

  /** Assigns a file to the first rule that matches; all names of the file need the same rule. */
  private static TreeEntry decide(TreeEntry entry, List<ManifestRule> rules) {
    ManifestRule rule = first(entry.relative(), rules);
    for (TreeEntry other : entry.otherNames()) {
      ManifestRule another = first(other.relative(), rules);
      if (another != rule) {
        throw new PolicyException(
            another.rule().position(),
            rule.rule().position(),
            "%s and %s are the same file, but different entries match them"
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
    if (first == null) { // an unreadable directory: it may contain files of any rule
      return rules.get(0);
    }
    return first;
  }

  /** The action of a rule for each of its files. */
  private Batch.Action action(ManifestRule rule, Destination destination) throws IOException {
    return rule.rule().leave()
        ? (entry, out, warnings) -> FileResult.skipped("left")
        : new RuleSettings(spec, Optional.ofNullable(outputs))
            .action(rule, command -> command.prepare(rule.files(), destination, check));
  }
}
