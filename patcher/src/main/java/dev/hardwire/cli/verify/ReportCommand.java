package dev.hardwire.cli.verify;

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
import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.cli.report.ExitCode;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.cli.report.WarningLines;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.container.LayerCache;
import dev.hardwire.input.ProgramFile;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.Waiver;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Scope;
import dev.hardwire.report.read.PackageOwners;
import dev.hardwire.report.read.ProgramReader;
import dev.hardwire.report.read.ReportComparison;
import dev.hardwire.report.read.ReportFormatException;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.trees.FileTree;
import dev.hardwire.trees.Glob;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.verify.Expectations;
import dev.hardwire.verify.PatchRemnants;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.work.ToolVersion;
import dev.hardwire.work.Verification;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hardwire report}. */
@Command(
    name = "report",
    description = {
      "Write a report on programs: what confines them, and what does not.",
      "The report is one HTML page that loads nothing, or JSON, SARIF, CSV or CycloneDX.",
    },
    footer = "  hardwire report --trust root.pem -o report.html /opt/vendor",
    mixinStandardHelpOptions = true)
public final class ReportCommand extends FileCommand {
  /** Bytes of an earlier report: one on 1,000 programs has some three million. */
  private static final int LARGEST_REPORT = 1 << 28;

  @OptionHeading("Output")
  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      description =
          "Write the report to this file, in the format that an option or the ending of the name"
              + " says (default: HTML); - for standard output (the default). If OUT is a directory"
              + " or ends with a slash, it gets an index, a page for each program, and the report"
              + " in all formats.")
  String output = "-";

  @OptionHeading("Output")
  @Option(names = "--json", description = "Write JSON, which --compare reads.")
  boolean json;

  @OptionHeading("Output")
  @Option(names = "--sarif", description = "Write the findings in SARIF 2.1.0.")
  boolean sarif;

  @OptionHeading("Output")
  @Option(names = "--csv", description = "Write a line for each program.")
  boolean csv;

  @OptionHeading("Output")
  @Option(
      names = "--sqlite",
      description = "Write a database of SQLite with a row for each program; requires -o.")
  boolean sqlite;

  @OptionHeading("Output")
  @Option(
      names = "--cyclonedx",
      description = "Write a bill of materials in CycloneDX 1.6, a component for each program.")
  boolean cycloneDx;

  @OptionHeading("Output")
  @Option(
      names = "--compare",
      paramLabel = "OLD",
      description = "Say what changed since this earlier report in JSON.")
  Path earlier;

  @OptionHeading("Output")
  @Option(
      names = "--date",
      paramLabel = "TIME",
      description =
          "Date of the report, such as 2026-11-27T10:00:00Z, or now (default: that of"
              + " SOURCE_DATE_EPOCH; without it, the report has no date).")
  String date;

  @OptionHeading("Output")
  @Option(
      names = "--host",
      paramLabel = "NAME",
      description =
          "Name of the host in the report (default: that of this machine; empty for none).")
  String host;

  @OptionHeading("Result")
  @Option(
      names = "--waivers",
      paramLabel = "FILE",
      description =
          "Accept the findings that this file (YAML) names for some programs until a day, with a"
              + " reason.")
  Path waivers;

  @OptionHeading("Result")
  @Option(
      names = "--fail-on",
      paramLabel = "WHAT,...",
      description =
          "End with exit code 5 if there is such a finding that is not accepted: error, warning or"
              + " note, for this level and worse ones, or names of findings such as changed.")
  String failOn;

  @Mixin final InterpreterOption interpreters = new InterpreterOption();
  @Mixin final AssumptionOption assumptions = new AssumptionOption();
  @Mixin final LibraryOptions libraries = new LibraryOptions();
  @Mixin final SignatureOptions signatures = new SignatureOptions();
  @Mixin final TreeOptions tree = new TreeOptions();
  @Mixin final UnpackOption unpacking = new UnpackOption();
  @Mixin final LayerCacheOption layers = new LayerCacheOption();
  @Mixin final BatchOptions batch = new BatchOptions();

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Executables; or directories, container images or packages: then every"
              + " executable in them.")
  List<Path> arguments;

  @Override
  public Integer call() throws IOException {
    ReportOutput target = target();
    boolean trees = tree.isRecursive();
    for (Path argument : arguments) {
      trees |= Files.isDirectory(argument) || ImagePrograms.isImage(argument);
    }
    Optional<LayerCache> cache = trees ? layers.cache() : Optional.empty();
    try (ImagePrograms images = new ImagePrograms(unpacking.limit(), cache)) {
      return report(target, images, trees);
    }
  }

  private int report(ReportOutput target, ImagePrograms images, boolean trees) throws IOException {
    Set<FindingKind> failing = failing();
    List<Waiver> accepted = waivers();
    Optional<Instant> instant = instant();
    List<Path> named = List.copyOf(new LinkedHashSet<>(arguments));
    FileTree.Listing files = tree.list(images, named, trees);
    Expectations expectations =
        Verification.expectations(
            new VerifySettings(
                Optional.empty(),
                signatures.settings(trees ? 0 : files.entries().size()),
                libraries.libraries(),
                libraries.areRequired(),
                interpreters.accepted(),
                assumptions.accepted(),
                Set.of()));
    PackageOwners owners =
        PackageOwners.of(
            files.entries().stream()
                .filter(entry -> !images.contains(entry))
                .map(TreeEntry::file)
                .toList());
    Programs programs = new Programs(new ProgramReader(expectations), images, owners);
    int code = new Batch(streams(), batch, programs).run(files, programs::read);
    if (programs.all.isEmpty() && !tree.isPart()) {
      throw new UsageException("there is no executable in the directories or images");
    }
    AuditReport report =
        AuditReport.of(ToolVersion.text(), instant, scope(expectations), programs.all);
    report =
        report.with(accepted, instant.orElseGet(Instant::now).atZone(ZoneOffset.UTC).toLocalDate());
    for (String ended : report.endings()) {
      streams().err().println("hardwire: warning: a waiver has ended: " + TerminalText.of(ended));
    }
    target.write(earlier == null ? report : compared(report), streams().out());
    long found = report.open(finding -> failing.contains(finding.rule()));
    if (found > 0) {
      streams()
          .err()
          .println(
              "hardwire: %d %s of --fail-on %s"
                  .formatted(found, found == 1 ? "finding" : "findings", failOn));
    }
    return code == 0 && found > 0 ? ExitCode.VERIFICATION_FAILED.code() : code;
  }

  /** The rules that {@code --fail-on} names. */
  private Set<FindingKind> failing() {
    Set<FindingKind> failing = EnumSet.noneOf(FindingKind.class);
    for (String name : failOn == null ? new String[0] : failOn.split(",", -1)) {
      Set<FindingKind> named = EnumSet.noneOf(FindingKind.class);
      for (FindingKind kind : FindingKind.values()) {
        boolean level =
            Stream.of(FindingKind.Level.values())
                .anyMatch(one -> one.id().equals(name) && kind.level().compareTo(one) <= 0);
        if (level || kind.id().equals(name)) {
          named.add(kind);
        }
      }
      if (named.isEmpty()) {
        throw new UsageException(
            "--fail-on: \"%s\" is none of error, warning, note, %s"
                .formatted(name, String.join(", ", rules())));
      }
      failing.addAll(named);
    }
    return failing;
  }

  private static List<String> rules() {
    return Stream.of(FindingKind.values()).map(FindingKind::id).toList();
  }

  private List<Waiver> waivers() throws IOException {
    if (waivers == null) {
      return List.of();
    }
    return Waiver.read(PolicyFiles.bytes(waivers), waivers.toString(), rules());
  }

  private Scope scope(Expectations expectations) throws IOException {
    String name = host;
    if (name == null) {
      Path kernel = Path.of("/proc/sys/kernel/hostname");
      name = Files.isReadable(kernel) ? Files.readString(kernel).strip() : "";
    }
    VerifySettings.Signatures wanted = expectations.settings().signatures();
    List<String> required = new ArrayList<>();
    wanted.signers().forEach(signer -> required.add("a signature by " + signer));
    if (wanted.minimum() > 0) {
      required.add("signers: " + wanted.minimum());
    }
    if (wanted.ignored()) {
      required.add("nothing: signatures are ignored");
    } else if (wanted.unsignedAllowed()) {
      required.add("nothing of files without a signature");
    }
    return new Scope(
        arguments.stream().map(Path::toString).toList(),
        name,
        expectations.trust().map(TrustStore::names).orElse(List.of()),
        required);
  }

  private ReportOutput target() throws IOException {
    Optional<ReportOutput.Format> format =
        Stream.of(
                json ? ReportOutput.Format.JSON : null,
                sarif ? ReportOutput.Format.SARIF : null,
                csv ? ReportOutput.Format.CSV : null,
                sqlite ? ReportOutput.Format.SQLITE : null,
                cycloneDx ? ReportOutput.Format.CYCLONE_DX : null)
            .filter(Objects::nonNull)
            .findFirst();
    ReportOutput target = ReportOutput.of(output, format);
    if (target.isDirectory() && format.isPresent()) {
      throw new UsageException("-o names a directory, which gets the report in all formats");
    }
    if (sqlite && target.output().isStandard()) {
      throw new UsageException("--sqlite requires -o FILE");
    }
    for (Path argument : arguments) {
      target.output().refuse(argument, "what the report is about");
    }
    if (earlier != null) {
      target.output().refuse(earlier, "the earlier report");
    }
    return target;
  }

  private AuditReport compared(AuditReport report) throws IOException {
    try {
      return report.with(ReportComparison.of(earlier.toString(), text(earlier), report));
    } catch (ReportFormatException | CharacterCodingException e) {
      throw new IOException(earlier + ": not a report: " + e.getMessage(), e);
    }
  }

  /** Reads a file whole; it may be a pipe or a device that never ends. */
  private static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(LARGEST_REPORT + 1);
      if (content.length > LARGEST_REPORT) {
        throw new IOException(
            file + ": larger than 256 MiB; compare reports on fewer programs, in several parts");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    }
  }

  private Optional<Instant> instant() {
    String epoch = System.getenv("SOURCE_DATE_EPOCH");
    try {
      if ("now".equals(date)) {
        return Optional.of(Instant.now().truncatedTo(ChronoUnit.SECONDS));
      }
      if (date != null) {
        return Optional.of(Instant.parse(date));
      }
      return epoch == null
          ? Optional.empty()
          : Optional.of(Instant.ofEpochSecond(Long.parseLong(epoch)));
    } catch (DateTimeException | NumberFormatException e) {
      throw new UsageException(
          date == null
              ? "SOURCE_DATE_EPOCH: \"" + epoch + "\" is not a number of seconds"
              : "--date: \"" + date + "\" is not a time such as 2026-11-27T10:00:00Z");
    }
  }

  /** What is found, also of files that cannot be read; from any thread. */
  private static final class Programs implements BatchReport {
    private final ProgramReader reader;
    private final ImagePrograms images;
    private final PackageOwners owners;
    private final List<ProgramView> all = Collections.synchronizedList(new ArrayList<>());

    Programs(ProgramReader reader, ImagePrograms images, PackageOwners owners) {
      this.reader = reader;
      this.images = images;
      this.owners = owners;
    }

    BatchResult read(TreeEntry entry, PrintWriter out, WarningLines warnings) throws IOException {
      try (ProgramFile program = ProgramFile.open(entry);
          ProgramFile wanted = program.evenIf(PatchRemnants::isIn)) {
        if (wanted.skipped().isPresent()) {
          return BatchResult.skipped(wanted.skipped().get());
        }
        ProgramView view = reader.read(origin(entry), wanted.content());
        all.add(view);
        warnings.note(entry.file(), view.status().text());
        for (Finding finding : view.findings()) {
          warnings.note(entry.file(), finding.message());
          finding.details().forEach(detail -> warnings.note(entry.file(), "  " + detail));
        }
        return BatchResult.done(entry.file());
      }
    }

    private Origin origin(TreeEntry entry) {
      return new Origin(
          entry.file().toString(),
          images.contains(entry) ? images.packageOf(entry) : owners.of(entry.file()),
          entry.otherNames().stream().map(other -> other.file().toString()).toList(),
          images.layerOf(entry),
          images
              .fileOf(entry)
              .map(file -> new Origin.Inside(file.toString(), Glob.literal(entry.relative()))));
    }

    @Override
    public boolean replacesLines() {
      return true;
    }

    @Override
    public void add(TreeEntry entry, BatchResult result, String message) {
      if (result.status() == BatchResult.Status.FAILED
          || result.status() == BatchResult.Status.REFUSED) {
        all.add(ProgramReader.unreadable(origin(entry), message));
      }
    }
  }
}
