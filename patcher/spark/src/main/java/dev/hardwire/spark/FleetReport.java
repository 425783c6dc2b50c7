package dev.hardwire.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonWriter;
import dev.hardwire.report.model.FindingKind;
import dev.hardwire.report.write.ReportJson;
import dev.hardwire.report.write.VerificationJson;
import dev.hardwire.text.VisibleText;
import dev.hardwire.verify.result.Status;
import dev.hardwire.work.ToolVersion;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reports of rows. */
final class FleetReport {
  private static final String STATUS = "status";
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  private FleetReport() {}

  /** How many programs have each status, in lines for people. */
  static List<String> totals(SparkSession spark, Path output) throws IOException {
    Map<String, Long> counts = counts(new RowStore(spark, output).readRows(), STATUS);
    List<String> lines = new ArrayList<>();
    lines.add(
        "%d executables".formatted(counts.values().stream().mapToLong(Long::longValue).sum()));
    for (Status status : Status.values()) {
      long found = counts.getOrDefault(status.id(), 0L);
      if (found > 0) {
        lines.add("%d %s".formatted(found, status.text()));
      }
    }
    return lines;
  }

  /** How often a column has each value. */
  private static Map<String, Long> counts(Dataset<Row> rows, String column) {
    Map<String, Long> counts = new HashMap<>();
    for (Row row : rows.groupBy(column).agg(count(lit(1))).collectAsList()) {
      counts.put(row.getString(0), row.getLong(1));
    }
    return counts;
  }

  /**
   * Writes the document that {@code hardwire report --json} writes about the same files, without
   * its scope.
   *
   * @param output of earlier work
   * @param target a file in any file system of Hadoop
   */
  static void write(SparkSession spark, Path output, String target) throws IOException {
    Dataset<Row> rows = new RowStore(spark, output).readRows();
    Path path = new Path(target);
    try (Writer out =
        new OutputStreamWriter(
            path.getFileSystem(spark.sparkContext().hadoopConfiguration()).create(path, true),
            StandardCharsets.UTF_8)) {
      new Document(out).write(rows);
    }
  }

  /** A document that is written piece by piece. */
  private static final class Document {
    private final Writer out;
    private final StringWriter text = new StringWriter();
    private final JsonWriter writer = new JsonWriter(text);

    Document(Writer out) {
      this.out = out;
      writer.setFormattingStyle(ReportJson.STYLE);
    }

    void write(Dataset<Row> rows) throws IOException {
      Dataset<Row> sorted =
          rows.select(RowSchema.PATH, RowSchema.POLICY_JSON, RowSchema.PROGRAM_JSON)
              .orderBy(RowSchema.PATH);
      writer.beginObject();
      writer.name("format").value(ReportJson.FORMAT);
      writer.name("version").value(ReportJson.VERSION);
      writer.name("tool").value(ToolVersion.text());
      writer.name("date").nullValue();
      writer.name("scope").nullValue();
      Map<String, Long> levels =
          counts(rows.select(explode(col("findings.level")).as("level")), "level");
      writer.name("findings").beginObject();
      for (FindingKind.Level level : FindingKind.Level.values()) {
        writer.name(level.id()).value(levels.getOrDefault(level.id(), 0L));
      }
      writer.name("accepted").value(0).endObject();
      VerificationJson.texts(writer, "expiredWaivers", List.of());
      writer.name("totals").beginObject();
      Map<String, Long> counts = counts(rows, STATUS);
      for (Status status : Status.values()) {
        writer.name(status.id()).value(counts.getOrDefault(status.id(), 0L));
      }
      writer.endObject();
      Map<String, Integer> policies = policies(sorted);
      writer.name("programs").beginArray();
      Iterator<Row> programs = sorted.toLocalIterator();
      while (programs.hasNext()) {
        Row row = programs.next();
        JsonObject program = JsonParser.parseString(row.getString(2)).getAsJsonObject();
        if (row.getString(1) != null) {
          program.addProperty("policy", policies.get(row.getString(1)));
        }
        GSON.toJson(program, writer);
        flush();
      }
      writer.endArray();
      writer.endObject();
      text.write("\n");
      flush();
    }

    /** Writes the policies, in the order of the programs that have them. */
    private Map<String, Integer> policies(Dataset<Row> sorted) throws IOException {
      Map<String, Integer> numbers = new LinkedHashMap<>();
      writer.name("policies").beginArray();
      Iterator<Row> policies =
          sorted.filter(col(RowSchema.POLICY_JSON).isNotNull()).toLocalIterator();
      while (policies.hasNext()) {
        String policy = policies.next().getString(1);
        if (numbers.putIfAbsent(policy, numbers.size()) == null) {
          GSON.toJson(JsonParser.parseString(policy), writer);
          flush();
        }
      }
      writer.endArray();
      return numbers;
    }

    private void flush() throws IOException {
      out.write(VisibleText.json(text.toString()));
      text.getBuffer().setLength(0);
    }
  }
}
