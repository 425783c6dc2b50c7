package dev.hardwire.cli.verify;

import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.output.NewDirectory;
import dev.hardwire.output.OutputPlace;
import dev.hardwire.report.html.OverviewPage;
import dev.hardwire.report.html.ProgramPage;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.write.CsvWriter;
import dev.hardwire.report.write.CycloneDxWriter;
import dev.hardwire.report.write.ReportJson;
import dev.hardwire.report.write.SarifWriter;
import dev.hardwire.report.write.SqliteWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a report goes, and in which format.
 *
 * @param isDirectory whether each program gets a page of its own
 */
record ReportOutput(TextOutput output, Format format, boolean isDirectory) {
  private static final String INDEX = "index.html";

  /** A format of a report in one file. */
  enum Format {
    SARIF("[.]sarif([.]json)?"),
    CSV("[.]csv"),
    SQLITE("[.](db|sqlite3?)"),
    CYCLONE_DX("[.]cdx[.]json"),
    JSON("[.]json"), // behind those with longer endings
    HTML("[.]html?");

    private final String ending;

    Format(String ending) {
      this.ending = ending;
    }

    /** The format that the ending of a file's name stands for; HTML if it stands for none. */
    static Format ofName(String name) {
      String small = name.toLowerCase(Locale.ROOT);
      return Stream.of(values())
          .filter(format -> small.matches(".*" + format.ending))
          .findFirst()
          .orElse(HTML);
    }
  }

  /**
   * An output as it is named on the command line.
   *
   * @param chosen the format if an option says it; otherwise the name does
   */
  static ReportOutput of(String name, Optional<Format> chosen) {
    TextOutput output = TextOutput.of(Path.of(name));
    boolean isDirectory =
        name.endsWith("/") || output.file().filter(Files::isDirectory).isPresent();
    return new ReportOutput(output, chosen.orElseGet(() -> Format.ofName(name)), isDirectory);
  }

  void write(AuditReport report, PrintWriter out) throws IOException {
    if (isDirectory()) {
      directory(report, output.file().get());
      return;
    }
    if (format == Format.SQLITE) {
      AtomicFile.write(output.file().get(), SqliteWriter.of(report));
      return;
    }
    output.write(text(report), out);
  }

  private String text(AuditReport report) throws IOException {
    return switch (format) {
      case HTML -> page(report);
      case JSON -> ReportJson.of(report);
      case SARIF -> SarifWriter.of(report);
      case CSV -> CsvWriter.of(report);
      case CYCLONE_DX -> CycloneDxWriter.of(report);
      case SQLITE -> throw new IllegalStateException("a database is no text");
    };
  }

  /** A report on one program, without a comparison, is the page about that program. */
  private static String page(AuditReport report) {
    return report.programs().size() == 1 && report.comparison().isEmpty()
        ? ProgramPage.of(report, report.programs().get(0), null)
        : OverviewPage.of(report, true);
  }

  /** Takes the files of a report. */
  private interface Pages {
    void add(String name, String text) throws IOException;
  }

  /** A new directory appears whole; in another one, the index comes last. */
  private static void directory(AuditReport report, Path directory) throws IOException {
    if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      OutputPlace.InDirectory.make(directory);
      write(report, (name, text) -> AtomicFile.write(directory.resolve(name), text));
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      OutputPlace.InDirectory.make(parent);
    }
    try (NewDirectory made = NewDirectory.begin(directory)) {
      write(report, made::add);
      made.publish();
    }
  }

  private static void write(AuditReport report, Pages files) throws IOException {
    for (int i = 0; i < report.programs().size(); i++) {
      files.add(OverviewPage.pageOf(i), ProgramPage.of(report, report.programs().get(i), INDEX));
    }
    files.add("report.json", ReportJson.of(report));
    files.add("report.sarif", SarifWriter.of(report));
    files.add("report.csv", CsvWriter.of(report));
    files.add(INDEX, OverviewPage.of(report, false));
  }
}
