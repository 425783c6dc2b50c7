package dev.hardwire.cli.verify;

import dev.hardwire.batch.FileTree;
import dev.hardwire.batch.TreeEntry;
import dev.hardwire.cli.files.Batch;
import dev.hardwire.cli.files.FileCommand;
import dev.hardwire.cli.files.ImagePrograms;
import dev.hardwire.cli.options.BatchOptions;
import dev.hardwire.cli.options.InterpreterOption;
import dev.hardwire.cli.options.LibraryOptions;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.SignatureOptions;
import dev.hardwire.cli.options.TreeOptions;
import dev.hardwire.cli.report.FileResult;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.core.Advice;
import dev.hardwire.core.PolicyPerArchitecture;
import dev.hardwire.core.VerificationFailure;
import dev.hardwire.core.files.InputFile;
import dev.hardwire.core.files.ProgramFile;
import dev.hardwire.policy.format.yaml.Preset;
import dev.hardwire.seccomp.prove.Confinement;
import dev.hardwire.verify.Acceptance;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.PatchRemnants;
import dev.hardwire.verify.Verifier;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire verify}. */
@Command(
    name = "verify",
    description = "Prove from the bytes of hard-wired files what they do when they start.",
    footerHeading = "%nExample:%n",
    footer = "  hardwire verify --policy policy.yaml --original /usr/bin/tar tar-wired",
    mixinStandardHelpOptions = true,
    sortOptions = false)
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

  @Mixin final InterpreterOption interpreters = new InterpreterOption();
  @Mixin final AssumptionOption assumptions = new AssumptionOption();
  @Mixin final LibraryOptions libraries = new LibraryOptions();
  @Mixin final SignatureOptions signatures = new SignatureOptions();
  @Mixin final TreeOptions tree = new TreeOptions();
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
    if (preset != null && policy != null) {
      throw new UsageException("--preset and --policy cannot be used together");
    }
    boolean trees = tree.isRecursive();
    for (Path argument : arguments) {
      trees |= Files.isDirectory(argument) || ImagePrograms.isImage(argument);
    }
    if (original != null && (trees || arguments.size() != 1)) {
      throw new UsageException("--original accepts only one FILE");
    }
    try (ImagePrograms images = new ImagePrograms()) {
      FileTree.Listing files = images.list(tree, arguments, trees);
      if (original == null) {
        return verify(files, images, Optional.empty(), trees);
      }
      try (InputFile given = InputFile.open(original)) {
        return verify(files, images, Optional.of(given), trees);
      }
    }
  }

  private int verify(
      FileTree.Listing files, ImagePrograms images, Optional<InputFile> given, boolean trees)
      throws IOException {
    Expectations expectations =
        new Expectations(
            requiredPolicy(),
            readPolicy(limit),
            given.map(InputFile::bytes),
            signatures.read(trees ? 0 : files.entries().size()),
            libraries.read(),
            interpreters.accepted(),
            accepted());
    if (policy != null) {
      DerivedFrom.warn(policy, batch.warnings(streams().err()));
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
                  try (ProgramFile program = images.open(file)) {
                    Consumer<Report> printer =
                        details
                            ? result -> print(out, file.file(), result)
                            : result -> note(warnings, file.file(), result);
                    return verify(program, expectations, report, printer);
                  }
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

  private Set<Acceptance> accepted() {
    Set<Acceptance> all = new HashSet<>(assumptions.accepted());
    if (allowEmpty) {
      all.add(Acceptance.EMPTY_POLICY);
    }
    return all;
  }

  private static FileResult verify(
      ProgramFile program,
      Expectations expectations,
      VerifyReport reports,
      Consumer<Report> printer)
      throws VerificationFailure, IOException {
    try (ProgramFile wanted = program.evenIf(PatchRemnants::isIn)) {
      return wanted.skipped().isPresent()
          ? FileResult.skipped(wanted.skipped().get())
          : tell(
              program.entry(), Verifier.verify(wanted.content(), expectations), reports, printer);
    }
  }

  private static FileResult tell(
      TreeEntry entry, Report report, VerifyReport reports, Consumer<Report> printer)
      throws VerificationFailure {
    printer.accept(report);
    if (!reports.accept(entry, report)) {
      throw new VerificationFailure(report);
    }
    return FileResult.done(entry.file());
  }

  private Optional<Expectations.PolicyOn> requiredPolicy() throws IOException {
    return preset == null
        ? readPolicy(policy)
        : Optional.of(mapped(PolicyPerArchitecture.of(preset)));
  }

  private Optional<Expectations.PolicyOn> readPolicy(Path file) throws IOException {
    return file == null ? Optional.empty() : Optional.of(mapped(PolicyPerArchitecture.read(file)));
  }

  private Expectations.PolicyOn mapped(PolicyPerArchitecture given) {
    return map ? given.withMissingCallsMapped()::on : given::on;
  }

  private static String line(Check check) {
    return "%-4s %s: %s"
        .formatted(check.passed() ? "ok" : "FAIL", check.name(), Advice.detail(check));
  }

  /** Says what was checked where the report has one line for each file. */
  private static void note(WarningLines warnings, Path file, Report report) {
    if (warnings.verbose()) {
      report.checks().forEach(check -> warnings.note(file, line(check)));
      report
          .uncheckedLibrary()
          .ifPresent(
              library -> warnings.note(file, "?    library: not checked: " + library.reason()));
    }
  }

  private static void print(PrintWriter out, Path file, Report report) {
    out.println(TerminalText.of(file) + ":");
    for (Check check : report.checks()) {
      out.println("  " + line(check));
    }
    report
        .confinement()
        .map(Confinement::riskyText)
        .filter(risky -> !risky.isEmpty())
        .ifPresent(risky -> out.println("       " + risky));
    Optional<LibrarySummary> unchecked = report.uncheckedLibrary();
    unchecked.ifPresent(
        library -> out.println("  ?    library: not checked: %s".formatted(library.reason())));
    String verified = unchecked.isPresent() ? "  verified, without the library" : "  verified";
    out.println(report.passed() ? verified : "  NOT VERIFIED");
  }
}
