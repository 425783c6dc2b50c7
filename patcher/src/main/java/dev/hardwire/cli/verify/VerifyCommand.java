package dev.hardwire.cli.verify;

import dev.hardwire.FileResult;
import dev.hardwire.FileWork;
import dev.hardwire.FoundFile;
import dev.hardwire.Hardwire;
import dev.hardwire.VerifyResult;
import dev.hardwire.VerifyTask;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.LayerCacheOption;
import dev.hardwire.cli.options.LibraryOptions;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.SignatureOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.options.UnpackOption;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.LayerCache;
import dev.hardwire.manifest.FoundFiles;
import dev.hardwire.policy.Hook;
import dev.hardwire.policy.text.Preset;
import dev.hardwire.trees.FileTree;
import dev.hardwire.work.VerificationFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire verify}. */
@Command(
    name = "verify",
    description = "Prove from the bytes of hard-wired files what they do when they start.",
    footer = "  hardwire verify --policy policy.yaml --original /usr/bin/tar tar-wired",
    mixinStandardHelpOptions = true)
public final class VerifyCommand extends FileCommand {

  @OptionHeading("Requirements")
  @Option(
      names = {"--policy", "--require-policy"},
      paramLabel = "FILE",
      description = "Require that exactly this policy is enforced.")
  Path policy;

  @OptionHeading("Requirements")
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Require that exactly this policy of Hardwire is enforced.")
  Preset preset;

  @OptionHeading("Requirements")
  @Option(
      names = "--require-policy-at-least",
      paramLabel = "FILE",
      description = "Require that only calls are allowed that this policy allows.")
  Path limit;

  @OptionHeading("Requirements")
  @Option(
      names = "--require-hook",
      paramLabel = "HOOK,...",
      completionCandidates = Hooks.class,
      description =
          "Require that every policy is installed by one of these: ${COMPLETION-CANDIDATES}.")
  String hooks;

  /** The names of the hooks, and that of mode needed. */
  static final class Hooks extends ArrayList<String> {
    Hooks() {
      super(Stream.of(Hook.values()).map(Hook::id).toList());
      add("needed");
    }
  }

  @OptionHeading("Requirements")
  @Option(
      names = "--map-missing-calls",
      description = "Replace missing calls in these policies, like this option of patch.")
  boolean map;

  @OptionHeading("Requirements")
  @Option(
      names = "--original",
      paramLabel = "FILE",
      description =
          "Require that this file was patched and that nothing else was changed; only one"
              + " FILE is allowed.")
  Path original;

  @OptionHeading("Requirements")
  @Option(names = "--allow-empty", description = "Accept policies that allow every system call.")
  boolean allowEmpty;

  @Mixin final DerivedFrom derived = new DerivedFrom();
  @Mixin final InterpreterOption interpreters = new InterpreterOption();
  @Mixin final AssumptionOption assumptions = new AssumptionOption();
  @Mixin final LibraryOptions libraries = new LibraryOptions();
  @Mixin final SignatureOptions signatures = new SignatureOptions();
  @Mixin final TreeOptions tree = new TreeOptions();
  @Mixin final UnpackOption unpacking = new UnpackOption();
  @Mixin final LayerCacheOption layers = new LayerCacheOption();
  @Mixin final BatchOptions batch = new BatchOptions();

  @Option(
      names = "--summary",
      description = "Print one line for each FILE (the default for directories).")
  boolean summary;

  @Option(names = "--json", description = "Print a JSON array with an object for each FILE.")
  boolean json;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Hard-wired executables, directories, or container images. Every executable in a"
              + " directory or image must be hard-wired; with --allow-unsigned, others are only"
              + " listed.")
  List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    boolean trees = tree.isRecursive();
    for (Path argument : arguments) {
      trees |= Files.isDirectory(argument) || ImagePrograms.isImage(argument);
    }
    if (original != null && (trees || arguments.size() != 1)) {
      throw new UsageException("--original accepts only one FILE");
    }
    Optional<LayerCache> cache = trees ? layers.cache() : Optional.empty();
    try (ImagePrograms images = new ImagePrograms(unpacking.limit(), cache)) {
      return verify(tree.list(images, arguments, trees), trees);
    }
  }

  private int verify(FileTree.Listing files, boolean trees) throws IOException {
    FileWork<VerifyResult> work = task(FoundFiles.of(files.entries()), trees).each();
    if (policy != null) {
      derived.warn(policy, batch.warnings(streams().err()));
    }
    boolean details = !json && !trees && !summary;
    boolean tabular = !json && (trees || summary || arguments.size() > 1);
    VerifyReport report =
        new VerifyReport(
            streams().out(),
            signatures.allowsUnsigned() && trees,
            signatures.areIgnored(),
            json,
            tabular);
    int code =
        new Batch(streams(), batch, report)
            .run(
                files,
                (file, out, warnings) -> {
                  FileResult<VerifyResult> verified = work.run(FoundFiles.of(file), warnings);
                  if (verified.result().isPresent()) {
                    VerifyResult result = verified.result().get();
                    if (details) {
                      print(out, file.file(), result);
                    } else {
                      note(warnings, file.file(), result);
                    }
                    if (!report.accept(file, result)) {
                      throw new VerificationFailure(
                          result.firstFailure().map(VerifyResult.Check::name));
                    }
                  }
                  return BatchResult.of(verified);
                });
    if (report.isEmpty() && tree.isPart()) {
      sayEmpty(files.entries().size());
    } else if (trees && report.isEmpty()) {
      throw new UsageException("there is no executable in the directories or images");
    }
    return code;
  }

  private void sayEmpty(int files) {
    if (!json && !batch.isQuiet()) {
      streams()
          .out()
          .println(
              "0 executables in this part (%d %s)".formatted(files, files == 1 ? "file" : "files"));
    }
  }

  private VerifyTask task(List<FoundFile> files, boolean trees) {
    String[] linkers = interpreters.accepted().toArray(String[]::new);
    VerifyTask task = Hardwire.verify(files).acceptInterpreters(linkers);
    task = preset == null ? task : task.requirePolicy(preset.policy());
    task = policy == null ? task : task.requirePolicy(policy);
    task = limit == null ? task : task.requirePolicyAtLeast(limit);
    task = map ? task.mapMissingCalls() : task;
    task = hooks == null ? task : task.requireHook(hooks());
    task = original == null ? task : task.requireOriginal(original);
    task = allowEmpty ? task.allowEmpty() : task;
    task = assumptions.startCode ? task.assumeStartCode() : task;
    return signatures.require(libraries.require(task), trees ? 0 : files.size());
  }

  private String[] hooks() {
    String[] required = hooks.split(",", -1);
    for (String hook : required) {
      if (!new Hooks().contains(hook)) {
        throw new UsageException(
            "--require-hook: \"%s\" is none of %s".formatted(hook, String.join(", ", new Hooks())));
      }
    }
    return required;
  }

  private static String line(VerifyResult.Check check) {
    return "%-4s %s: %s".formatted(check.passed() ? "ok" : "FAIL", check.name(), check.advised());
  }

  /** Says what was checked where the report has one line for each file. */
  private static void note(WarningLines warnings, Path file, VerifyResult result) {
    if (warnings.verbose()) {
      result.checks().forEach(check -> warnings.note(file, line(check)));
      result
          .uncheckedLibrary()
          .flatMap(VerifyResult.Library::reason)
          .ifPresent(reason -> warnings.note(file, "?    library: not checked: " + reason));
    }
  }

  /** Prints each check of one file, and whether it is verified. */
  public static void print(PrintWriter out, Path file, VerifyResult result) {
    out.println(TerminalText.of(file) + ":");
    for (VerifyResult.Check check : result.checks()) {
      out.println("  " + line(check));
    }
    result
        .confinement()
        .map(VerifyResult.Confinement::riskyText)
        .filter(risky -> !risky.isEmpty())
        .ifPresent(risky -> out.println("       " + risky));
    result.proof().ifPresent(proof -> out.println("       the proof " + proof.text()));
    Optional<String> unchecked = result.uncheckedLibrary().flatMap(VerifyResult.Library::reason);
    unchecked.ifPresent(reason -> out.println("  ?    library: not checked: " + reason));
    String verified = unchecked.isPresent() ? "  verified, without the library" : "  verified";
    out.println(result.passed() ? verified : "  NOT VERIFIED");
  }
}
