package dev.hardwire.spark;

import dev.hardwire.bytes.Digests;
import dev.hardwire.container.ImagePrograms;
import dev.hardwire.elf.ElfFile;
import dev.hardwire.report.read.ProgramReader;
import dev.hardwire.sign.TrustStore;
import dev.hardwire.spark.files.LocalCopy;
import dev.hardwire.spark.files.PlainOrArchive;
import dev.hardwire.verify.Expectations;
import dev.hardwire.work.FailureText;
import dev.hardwire.work.LibraryLookup;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Does the work on units in an executor. No unit can fail it: a failure becomes a row. */
final class UnitWork implements Closeable {
  private static final String INDEX = "index.json";

  /**
   * A unit.
   *
   * @param known the digest of the unit when its rows were made; empty if there are none that are
   *     still good; null if there never were any
   */
  record Task(FleetUnit unit, String known) {
    /** A record that there are no rows any more. */
    boolean leavesRows(String digest) {
      return known != null && (digest.isEmpty() || !known.equals(digest));
    }
  }

  private final FleetSettings settings;
  private final Configuration configuration;
  private final long run;
  private final LocalCopy folder;
  private final ProgramRows rows;

  private UnitWork(
      FleetSettings settings,
      Configuration configuration,
      long run,
      LocalCopy folder,
      ProgramRows rows) {
    this.settings = settings;
    this.configuration = configuration;
    this.run = run;
    this.folder = folder;
    this.rows = rows;
  }

  /** Prepares for units. */
  static UnitWork start(FleetSettings settings, Configuration configuration, long run)
      throws IOException {
    LocalCopy folder = LocalCopy.inNewFolder("files");
    boolean isStarted = false;
    try {
      settings.unpack(folder.path());
      Function<Path, FleetRow.Closure> closures =
          settings.work() == FleetOptions.Command.DERIVE
              ? Derivers::closure
              : program -> FleetRow.Closure.NONE;
      ProgramRows rows =
          new ProgramRows(new ProgramReader(expectations(settings, folder.path())), closures);
      UnitWork work = new UnitWork(settings, configuration, run, folder, rows);
      isStarted = true;
      return work;
    } finally {
      if (!isStarted) {
        folder.close();
      }
    }
  }

  private static Expectations expectations(FleetSettings settings, Path folder) throws IOException {
    List<Path> trust = settings.trust().stream().map(folder::resolve).toList();
    Expectations all = Expectations.NONE.withLibraries(new LibraryLookup(Map.of(), false));
    return trust.isEmpty() ? all : all.withTrust(TrustStore.read(trust, List.of()), settings.now());
  }

  /** The record about a unit; empty if it is known already, or no executable. */
  Optional<Row> record(Task task) {
    FleetUnit unit = task.unit();
    Found found = new Found();
    try {
      if (!unit.fault().isEmpty()) {
        throw new IOException(unit.fault());
      }
      return found.read(task) || task.leavesRows(found.digest)
          ? Optional.of(row(unit, found.isDone() ? found.digest : "", found.rows))
          : Optional.empty();
    } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
      FleetRow fault = ProgramRows.unreadable(unit, found.digest, text(unit, e));
      return Optional.of(row(unit, "", List.of(fault)));
    }
  }

  private static String text(FleetUnit unit, Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return "needs more memory than the executor has (spark.executor.memory)";
    }
    String text =
        failure instanceof Exception exception ? FailureText.of(unit.name(), exception) : null;
    return text == null ? failure.toString() : text;
  }

  /** What was found out about a unit until it was done or failed. */
  private final class Found {
    private String digest = "";
    private List<FleetRow> rows = List.of();

    /** Whether there is anything to record. */
    boolean read(Task task) throws IOException {
      FleetUnit unit = task.unit();
      try (LocalCopy copy = LocalCopy.of(unit.location(), configuration)) {
        Path local = copy.path();
        if (unit.layout()) {
          digest = sha256(local.resolve(INDEX));
          return isNew(task) && archive(unit, local);
        }
        byte[] start = start(local);
        boolean isArchive =
            unit.named() ? PlainOrArchive.isArchive(start) : ImagePrograms.isPackage(start);
        if (!isArchive && !unit.named() && !ElfFile.isMagic(start)) {
          return false;
        }
        digest = sha256(local);
        return isNew(task) && (isArchive ? archive(unit, local) : plain(unit, local));
      }
    }

    /** Whether another try would give nothing else. */
    boolean isDone() {
      return rows.stream().noneMatch(row -> row.change().isFailed());
    }

    private boolean isNew(Task task) {
      return !digest.equals(task.known());
    }

    private boolean archive(FleetUnit unit, Path local) throws IOException {
      rows =
          settings.work() == FleetOptions.Command.APPLY
              ? applied().archive(unit, local, digest)
              : UnitWork.this.rows.archive(unit, local, digest, Map.of());
      return true;
    }

    private boolean plain(FleetUnit unit, Path local) throws IOException {
      rows =
          settings.work() == FleetOptions.Command.APPLY
              ? applied().plain(unit, local, digest)
              : UnitWork.this.rows.plain(unit, local, digest, FleetRow.Change.NONE);
      return !rows.isEmpty();
    }
  }

  private ApplyRun applied() {
    return new ApplyRun(
        folder.path().resolve(settings.manifest()), settings.output(), configuration, rows);
  }

  private static byte[] start(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FileSystemException(file.toString(), null, "not a regular file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(PlainOrArchive.START);
    }
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = Digests.sha256();
    try (DigestOutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      Files.copy(file, out);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * A record.
   *
   * @param sourceDigest empty if the work is to be tried again
   */
  private Row row(FleetUnit unit, String sourceDigest, List<FleetRow> found) {
    Row[] all = found.stream().map(FleetRow::row).toArray(Row[]::new);
    return RowFactory.create(
        unit.name(), sourceDigest.isEmpty() ? null : sourceDigest, settings.key(unit), run, all);
  }

  @Override
  public void close() {
    try {
      folder.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
