package dev.hardwire.cli.run;

import dev.hardwire.cli.report.BatchReport;
import dev.hardwire.cli.report.BatchResult;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.SystemRoot;
import dev.hardwire.input.InputFile;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.report.model.Origin;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.read.PackageOwners;
import dev.hardwire.report.read.ProgramReader;
import dev.hardwire.report.write.ProgramColumns;
import dev.hardwire.report.write.SqliteWriter;
import dev.hardwire.trees.TreeEntry;
import dev.hardwire.verify.VerifySettings;
import dev.hardwire.work.FailureText;
import dev.hardwire.work.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The rows of {@code derive --sqlite}: of each program, what a report and a derivation say. */
final class DerivedTable implements BatchReport {
  private static final List<String> NAMES =
      Stream.concat(ProgramColumns.NAMES.stream(), ProgramColumns.DERIVED.stream()).toList();

  private final Path database;
  private final SystemRoot root;
  private final Optional<Path> source;
  private final PackageOwners owners;
  private final ProgramReader reader;
  private final Map<Path, Map<String, Object>> derived = new HashMap<>();
  private final List<Map<String, Object>> rows = new ArrayList<>();

  /**
   * A table without rows.
   *
   * @param database the file to write
   * @param root that has the programs
   * @param source what {@code --root} names; empty if every program is a file of its own
   * @param programs all of them
   */
  DerivedTable(Path database, SystemRoot root, Optional<Path> source, List<Path> programs)
      throws IOException {
    this.database = database;
    this.root = root;
    this.source = source;
    this.owners = PackageOwners.of(source.isPresent() ? List.of() : programs);
    this.reader = new ProgramReader(Verification.expectations(VerifySettings.NONE));
  }

  /** Notes what was found; there may be no policy for it. */
  void found(Path program, Derivation derivation) {
    Map<String, Object> columns = new HashMap<>();
    columns.put(ProgramColumns.DERIVED_CALLS, List.copyOf(derivation.calls().keySet()));
    columns.put(
        ProgramColumns.LIBRARIES,
        derivation.files().stream()
            .skip(1) // the program
            .map(file -> new ProgramColumns.Library(file.path(), file.sha256()))
            .toList());
    derived.put(program, columns);
  }

  /** Notes the policy of a program that was found. */
  void policy(Path program, DerivedPolicy policy) {
    derived.get(program).put(ProgramColumns.DERIVED_POLICY, policy.text());
    derived.get(program).put(ProgramColumns.DERIVED_SHA256, policy.sha256());
  }

  @Override
  public void add(TreeEntry entry, BatchResult result, String message) {
    Path program = entry.file();
    ProgramView view = view(program);
    Map<String, Object> row =
        ProgramColumns.of(
            view, source.orElse(program).toString(), source.isPresent() ? "" : view.sha256());
    Map<String, Object> columns = derived.remove(program);
    row.putAll(columns == null ? Map.of() : columns);
    row.put(ProgramColumns.DERIVE_ERROR, message.isEmpty() ? null : message);
    rows.add(row);
  }

  private ProgramView view(Path program) {
    Origin origin =
        new Origin(
            program.toString(), owners.of(program), List.of(), Optional.empty(), Optional.empty());
    try (InputFile input = InputFile.open(root.real(program))) {
      return reader.read(origin, input.bytes());
    } catch (IOException e) {
      return ProgramReader.unreadable(origin, FailureText.of(program.toString(), e));
    }
  }

  /** Writes the table, also with --quiet. */
  void write() throws IOException {
    AtomicFile.write(database, SqliteWriter.of(NAMES, rows));
  }
}
