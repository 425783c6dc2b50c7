package dev.hardwire.cli.run;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.cli.options.OptionHeading;
import dev.hardwire.cli.options.Overwriting;
import dev.hardwire.cli.options.SigningOptions;
import dev.hardwire.cli.options.TextOutput;
import dev.hardwire.cli.report.UsageException;
import dev.hardwire.input.InputFile;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.paths.PathUse;
import dev.hardwire.learn.paths.Uses;
import dev.hardwire.learn.record.LearnOptions;
import dev.hardwire.output.AtomicFile;
import dev.hardwire.text.PercentEncoding;
import dev.hardwire.work.FileSigner;
import dev.hardwire.work.Statement;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A statement about what a program did, which {@code docs/runtime-trace-v1.md} describes. */
@OptionHeading("Statements for pipelines")
public final class RuntimeTraceOptions {
  /** The nil UUID of RFC 9562: the statement does not say where the program ran. */
  private static final String NO_HOST = "urn:uuid:00000000-0000-0000-0000-000000000000";

  /** Larger files have no digest, in bytes. */
  private static final long LARGEST = 1L << 28;

  /** Ways in which a file stays what it is. */
  private static final Set<PathUse> KEEPING = EnumSet.of(PathUse.READ, PathUse.EXECUTE);

  /** File systems whose files have no contents of their own. */
  private static final List<Path> KERNEL = List.of(Path.of("/proc"), Path.of("/sys"));

  @Option(
      names = "--runtime-trace",
      paramLabel = "FILE",
      description =
          "Write an in-toto statement about what the program did: programs, ports and files;"
              + " from traces only. Requires --exec or --program.")
  private Path file;

  @Option(
      names = "--host-id",
      paramLabel = "URI",
      description =
          "With --runtime-trace: the host on which it ran (default: the nil UUID, which says"
              + " nothing).")
  private URI host;

  @Mixin private final SigningOptions signing = new SigningOptions();

  private Optional<FileSigner> signer = Optional.empty();

  private final Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  /** The options with what the statement needs. */
  LearnOptions addTo(LearnOptions options) {
    if (host != null && (file == null || !host.isAbsolute())) {
      throw new UsageException("--host-id requires --runtime-trace and an absolute URI");
    }
    if (signing.isAnyGiven() && file == null) {
      throw new UsageException("--key signs the statement of --runtime-trace; give it, too");
    }
    return file == null ? options : options.proposing(options.proposals().withUses());
  }

  boolean isGiven() {
    return file != null;
  }

  /**
   * Checks that there is a program that the statement can be about, and that nothing is lost; reads
   * the key.
   *
   * @param program that the logs are about
   * @param logs that are read, or - for standard input
   * @param policy that is written
   */
  void check(Optional<Path> program, List<String> logs, TextOutput policy) throws IOException {
    if (file == null) {
      return;
    }
    if (program.isEmpty()) {
      throw new UsageException("--runtime-trace requires --exec, or --program for logs");
    }
    Overwriting.refuse(file, program.get(), "the program");
    for (String log : logs) {
      if (!log.equals("-")) {
        Overwriting.refuse(file, Path.of(log), "a log");
      }
    }
    if (policy.file().isPresent()) {
      Overwriting.refuse(file, policy.file().get(), "the policy");
      signing.requireUnread(policy.file().get());
    }
    signing.requireUnread(file);
    if (signing.isAnyGiven()) {
      signing.requireNoTime("a statement");
      signer = Optional.of(signing.signer());
    }
  }

  /**
   * Writes the statement, if it is asked for.
   *
   * @param program that the logs are about
   * @param executed whether it has just been run here
   */
  void write(Learned learned, Optional<Path> program, boolean executed) throws IOException {
    if (file == null || program.isEmpty()) {
      return;
    }
    Path subject = program.get();
    byte[] statement =
        Statement.runtimeTrace(
            subject.getFileName().toString(),
            digest(subject),
            json -> predicate(json, learned, subject, executed));
    String text =
        signer.isEmpty()
            ? new String(statement, StandardCharsets.UTF_8) + "\n"
            : new String(Statement.sign(signer.get(), statement).toArray(), StandardCharsets.UTF_8);
    AtomicFile.write(file, text);
  }

  private static String digest(Path path) throws IOException {
    return InputFile.read(path).sha256().hex();
  }

  private void predicate(JsonWriter json, Learned learned, Path subject, boolean executed)
      throws IOException {
    json.name("monitor").beginObject();
    json.name("type").value(Statement.TRACED);
    json.name("tracePolicy").beginObject();
    json.name("tool").value(Statement.unknownBuilder());
    json.name("scope").beginArray();
    for (String scope : learned.scope()) {
      json.value(scope);
    }
    json.endArray().endObject().endObject();
    json.name("monitoredProcess").beginObject();
    json.name("hostID").value(host == null ? NO_HOST : host.toString());
    json.name("type").value(Statement.TRACED);
    json.name("event").value("run of " + subject.getFileName()).endObject();
    json.name("monitorLog").beginObject();
    processes(json, learned.uses());
    sockets(json, learned.uses());
    files(json, learned.uses(), executed);
    json.name("systemCalls").beginObject();
    for (Map.Entry<String, Long> call : learned.counts().entrySet()) {
      json.name(call.getKey()).value(call.getValue());
    }
    json.endObject().endObject();
    if (executed) {
      json.name("metadata").beginObject();
      json.name("buildStartedOn").value(start.toString());
      json.name("buildFinishedOn").value(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
      json.endObject();
    }
  }

  private static void processes(JsonWriter json, Uses uses) throws IOException {
    json.name("process").beginArray();
    for (Uses.FileUse use : uses.files()) {
      if (use.ways().contains(PathUse.EXECUTE)) {
        json.beginObject();
        json.name("eventType").value("execute");
        json.name("processBinary").value(use.path());
        json.name("count").value(use.count()).endObject();
      }
    }
    json.endArray();
  }

  private static void sockets(JsonWriter json, Uses uses) throws IOException {
    json.name("network").beginArray();
    for (Uses.SocketUse use : uses.sockets()) {
      json.beginObject();
      json.name("eventType").value(use.event());
      json.name("protocol").value(use.protocol());
      json.name(use.protocol().equals("unix") ? "path" : "port").value(use.address());
      json.name("count").value(use.count()).endObject();
    }
    json.endArray();
  }

  /** Resource descriptors; only files that the run did not change have a digest. */
  private static void files(JsonWriter json, Uses uses, boolean executed) throws IOException {
    json.name("fileAccess").beginArray();
    for (Uses.FileUse use : uses.files()) {
      if (use.ways().equals(Set.of(PathUse.MISS))) {
        continue;
      }
      json.beginObject();
      json.name("name").value(use.path());
      // not Path.toUri, which looks whether a directory is there
      json.name("uri").value("file://" + PercentEncoding.ofPath(use.path()));
      if (executed && KEEPING.containsAll(use.ways()) && hasContents(Path.of(use.path()))) {
        json.name("digest").beginObject();
        json.name("sha256").value(digest(Path.of(use.path()))).endObject();
      }
      json.name("annotations").beginObject();
      json.name("access").beginArray();
      for (PathUse way : new TreeSet<>(use.ways())) {
        if (way != PathUse.MISS) {
          json.value(way.name().toLowerCase(Locale.ROOT));
        }
      }
      json.endArray();
      json.name("count").value(use.count()).endObject().endObject();
    }
    json.endArray();
  }

  private static boolean hasContents(Path path) {
    return KERNEL.stream().noneMatch(path::startsWith)
        && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
        && Files.isReadable(path)
        && path.toFile().length() <= LARGEST;
  }
}
