package dev.hardwire.cli.patch;

import dev.hardwire.Destination;
import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.PatchResult;
import dev.hardwire.PatchTask;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.NamedRoot;
import dev.hardwire.cli.files.WorkLines;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.options.UnpackOption;
import dev.hardwire.cli.report.BaseCommand;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.CountingReport;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.Streams;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.verify.DerivedFrom;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.derive.FindingsCache;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.input.InputFile;
import dev.hardwire.manifest.DerivedPolicies;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.manifest.ImagePatch;
import dev.hardwire.manifest.ManifestRule;
import dev.hardwire.manifest.ManifestRules;
import dev.hardwire.os.Directory;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyWarning;
import dev.hardwire.policy.text.Manifest;
import dev.hardwire.policy.text.ManifestReader;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire apply}. */
@Command(
    name = "apply",
    description = "Patch the files of a directory tree as a manifest specifies.",
    footer = "  hardwire apply --check manifest.yaml",
    mixinStandardHelpOptions = true)
public final class ApplyCommand extends BaseCommand {
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
              + " one or of docker save), or a package of Debian or RPM (default: as the manifest"
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
  @Mixin private final UnpackOption unpacking = new UnpackOption();

  @Parameters(paramLabel = "MANIFEST", description = "YAML file that assigns policies to files.")
  private Path file;

  /** Derives the policies of entries that say so. */
  private DerivedPolicies derived;

  @Override
  public Integer call() throws IOException, VerificationFailure {
    try (DerivedPolicies policies = new DerivedPolicies(batch.jobs(), FindingsCache.ofUser())) {
      derived = policies;
      return apply();
    }
  }

  private int apply() throws IOException, VerificationFailure {
    InputFile.require(file);
    Manifest manifest = ManifestReader.read(file);
    Path tree = root(manifest);
    ManifestRules rules = new ManifestRules(manifest);
    if (ImagePrograms.isImage(tree)) {
      return applyToImage(tree, rules);
    }
    images.check(Optional.empty(), check);
    boolean isNew = requireDirectories(tree);
    try {
      return applyToTree(tree, rules);
    } catch (IOException | RuntimeException | VerificationFailure e) {
      if (isNew) {
        Directory.removeEmpty(outputs);
      }
      throw e;
    }
  }

  private int applyToTree(Path tree, ManifestRules rules) throws IOException, VerificationFailure {
    FileTree.Listing found =
        FileTree.list(
            List.of(tree),
            new FileTree.Choice(rules.globs(), List.of(), Optional.ofNullable(outputs)));
    CountingReport report = report();
    Destination place =
        outputs == null ? Destination.inPlace() : Destination.directory(outputs).keepingResults();
    Destination destination = batch.grouped(place, found.entries().size());
    int code =
        run(
            streams(),
            tree,
            found,
            rules,
            report,
            Optional.of(destination),
            rule -> action(rule, destination));
    boolean differs = warnOfOtherFiles(rules, tree) || report.isAnyDone();
    boolean pending = check && code == ExitCode.OK.code() && differs;
    return pending ? ExitCode.VERIFICATION_FAILED.code() : code;
  }

  /** Whether policies were derived from other files than those of the tree; says which. */
  private boolean warnOfOtherFiles(ManifestRules rules, Path tree) throws IOException {
    boolean found = false;
    Set<String> policies = new HashSet<>();
    for (ManifestRule rule : rules.all()) {
      for (Manifest.Setting setting : rule.rule().settings()) {
        boolean isNew =
            setting.option().equals("policy")
                && !rule.files().isEmpty()
                && policies.add(setting.value());
        found |= isNew && DerivedFrom.warn(Path.of(setting.value()), tree, batch.warnings(err()));
      }
    }
    return found;
  }

  private CountingReport report() {
    String word = check ? "pending" : "patched";
    return new CountingReport(out(), word, true, json);
  }

  /** Makes the work on the files of a rule. */
  private interface Preparation {
    Batch.Action of(ManifestRule rule) throws IOException;
  }

  private int run(
      Streams streams,
      Path tree,
      FileTree.Listing found,
      ManifestRules rules,
      CountingReport report,
      Optional<Destination> destination,
      Preparation preparation)
      throws IOException {
    List<TreeEntry> files = rules.assign(found.entries());
    if (!unmatched && files.stream().allMatch(entry -> entry.unreadable().isEmpty())) {
      rules.requireUse(tree);
    } // else a pattern may match unread files, and the unreadable ones fail
    Map<TreeEntry, Batch.Action> actions = new HashMap<>();
    for (ManifestRule rule : rules.all()) {
      Batch.Action action =
          rule.rule().leave()
              ? (entry, out, warnings) -> BatchResult.skipped("left")
              : preparation.of(rule);
      rule.files().forEach(entry -> actions.put(entry, action));
    }
    FileTree.Listing all = new FileTree.Listing(files, found.links(), found.special());
    FileTree.Listing part = TreeOptions.shard(shard).of(all);
    return new Batch(streams, batch, report, destination)
        .run(
            part,
            (entry, out, warnings) -> {
              warnings.note(entry.file(), rule(rules.of(entry).rule()));
              return actions.get(entry).run(entry, out, warnings);
            });
  }

  /** Patches programs of an image. The image is written only if all of them could be patched. */
  private int applyToImage(Path image, ManifestRules rules)
      throws IOException, VerificationFailure {
    if (outputs != null) {
      throw new UsageException("--output-dir is for directories; use --output for images");
    }
    if (shard != null) {
      throw new UsageException("--shard is for directories; an image is written as a whole");
    }
    try (ImagePrograms programs = new ImagePrograms(unpacking.limit())) {
      List<TreeEntry> found = programs.add(image);
      images.check(Optional.of(programs), check);
      CountingReport report = report();
      StringWriter lines = new StringWriter();
      if (!check) {
        report.hold();
      }
      int code =
          run(
              new Streams(check ? out() : new PrintWriter(lines), err()),
              image,
              new FileTree.Listing(found, 0, 0),
              rules,
              report,
              Optional.empty(),
              rule -> imageAction(rule, programs));
      boolean isChanged = code == ExitCode.OK.code() && report.isAnyDone();
      if (check) {
        return isChanged ? ExitCode.VERIFICATION_FAILED.code() : code;
      }
      if (code != ExitCode.OK.code()) {
        report.release(false);
        return code;
      }
      List<String> attestations =
          isChanged || images.output != null ? images.write(image, programs) : List.of();
      out().print(lines); // true only now
      report.release(true);
      if (!json) {
        if (!batch.isQuiet()) {
          attestations.forEach(out()::println);
        }
        images.printStarts(programs, out());
      }
      return code;
    }
  }

  private Batch.Action imageAction(ManifestRule rule, ImagePrograms programs) throws IOException {
    ImagePatch patch = new ImagePatch(programs);
    if (check) {
      return checks(
          work(
              rule,
              Optional.of(programs),
              task -> task.replaceExisting().checks(patch.destination())));
    }
    FileWork<PatchResult> work =
        work(rule, Optional.of(programs), task -> task.replaceExisting().each(patch.destination()));
    return (entry, out, warnings) -> {
      FileResult<PatchResult> result = patch.run(work, entry, warnings);
      if (result.result().isEmpty()) {
        return WorkLines.told(result, out);
      }
      out.println(PatchCommand.line(entry.file(), result.result().get()));
      return BatchResult.done(entry.file());
    };
  }

  /** Returns whether the directory for the results was made. */
  private boolean requireDirectories(Path tree) throws IOException {
    if (!Files.isDirectory(tree)) {
      throw new NotDirectoryException(tree.toString());
    }
    boolean isNew = outputs != null && !check && Files.notExists(outputs);
    if (outputs != null && !check) {
      Directory.make(outputs);
    }
    if (outputs != null && Files.exists(outputs) && Files.isSameFile(outputs, tree)) {
      throw new UsageException(outputs + " is the input; omit --output-dir to replace files");
    }
    return isNew;
  }

  private Path root(Manifest manifest) {
    if (root != null) {
      return root;
    }
    Path folder = file.getParent() == null ? Path.of(".") : file.getParent();
    return manifest.root().map(text -> Path.of(text.text())).orElse(folder);
  }

  /** A rule, for people. */
  private String rule(Manifest.Rule rule) {
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

  private Batch.Action action(ManifestRule rule, Destination destination) throws IOException {
    FileWork<PatchResult> work =
        work(
            rule,
            Optional.empty(),
            all -> {
              PatchTask task = outputs == null ? all.replaceExisting() : all;
              return check ? task.checks(destination) : task.each(destination);
            });
    return check
        ? checks(work)
        : new WorkLines<>(work, patched -> PatchCommand.line(patched.file(), patched));
  }

  private FileWork<PatchResult> work(
      ManifestRule rule, Optional<ImagePrograms> image, ManifestRule.Preparation preparation)
      throws IOException {
    PrintWriter warnings = batch.warnings(err());
    Consumer<PolicyWarning> listener =
        warning -> warnings.println("hardwire: warning: " + TerminalText.of(warning));
    Optional<SystemRoot> unpacked =
        image.isPresent() && rule.rule().derive().isPresent()
            ? Optional.of(SystemRoot.of(image.get().extract(NamedRoot.PLATFORM)))
            : Optional.empty();
    return rule.work(
        (one, file) -> derivedPolicy(one, file, unpacked),
        task -> preparation.of(task.policyWarnings(listener)));
  }

  /**
   * The policy of a file, derived from it.
   *
   * @param unpacked the image that has it
   */
  private Policy derivedPolicy(ManifestRule rule, FoundFile file, Optional<SystemRoot> unpacked)
      throws IOException {
    SystemRoot system =
        unpacked.isPresent()
            ? unpacked.get()
            : SystemRoot.named(SystemRoot.above(file.file()).orElse(null));
    Path program =
        unpacked.isPresent() ? Path.of("/").resolve(file.relative()) : system.inside(file.file());
    return derived.of(rule.rule(), program, file.content().orElse(file.file()), system).policy();
  }

  /** Prints which files would be patched. */
  private static Batch.Action checks(FileWork<PatchResult> work) {
    return (entry, out, warnings) -> {
      FileResult<PatchResult> result = work.run(FoundFiles.of(entry), warnings);
      if (result.status() == FileResult.Status.DONE) {
        out.println(TerminalText.of(entry.file()) + ": would be patched");
      }
      return WorkLines.told(result, out);
    };
  }
}
