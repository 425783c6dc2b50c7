package dev.hardwire.spark;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Scope;
import dev.hardwire.report.write.ReportJson;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * What is known of an executable, as {@link RowSchema#ROW} has it.
 *
 * @param program as a report shows it
 * @param owner the package; empty if it is not known
 * @param source the unit that has it
 * @param sourceSha256 of that unit; empty if it cannot be read
 * @param sha256 of the executable; empty if it cannot be read
 * @param buildId empty if it has none
 * @param change what was done with it
 * @param closure what a derivation depends on
 */
record FleetRow(
    ProgramView program,
    Optional<String> owner,
    String source,
    String sourceSha256,
    String sha256,
    String buildId,
    Change change,
    ClosureReader.Closure closure) {
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();

  /**
   * What {@code apply} did.
   *
   * @param result a word of {@code docs/batch.schema.json}; empty if nothing was to be done
   * @param output the file that was written; empty if there is none
   * @param error why it could not be done; empty if it was
   */
  record Change(String result, String output, String error) {
    static final Change NONE = new Change("", "", "");

    /** Whether the reason may be gone when it is tried again. */
    boolean isFailed() {
      return result.equals("failed");
    }
  }

  Row row() throws IOException {
    JsonObject document =
        JsonParser.parseString(
                ReportJson.of(AuditReport.of("", Optional.empty(), Scope.NONE, List.of(program))))
            .getAsJsonObject();
    JsonArray policies = document.getAsJsonArray("policies");
    Optional<Confinement> confinement = program.verification().flatMap(Report::confinement);
    List<PatchView> patches = program.patches();
    return RowFactory.create(
        program.origin().path(),
        owner.orElse(null),
        source,
        orNull(sourceSha256),
        orNull(sha256),
        orNull(buildId),
        program.status().id(),
        program.verification().map(Report::passed).orElse(false),
        program.policy().map(PolicyView::names).orElse(null),
        program
            .policy()
            .map(policy -> policy.layers().stream().map(PolicyView.Layer::sha256))
            .map(layers -> layers.toArray(String[]::new))
            .orElse(new String[0]),
        confinement.map(Confinement::allowed).orElse(null),
        confinement.map(Confinement::conditional).orElse(null),
        confinement.map(all -> all.risky().toArray(new String[0])).orElse(new String[0]),
        orNull(program.signers()),
        findings(),
        orNull(error()),
        orNull(change.result()),
        orNull(change.output()),
        patches.isEmpty() ? null : patches.get(patches.size() - 1).originalSha256(),
        orNull(closure.identity()),
        closure.identity().isEmpty() ? null : libraries(),
        orNull(closure.error()),
        policies.isEmpty() ? null : GSON.toJson(policies.get(0)),
        GSON.toJson(document.getAsJsonArray("programs").get(0)));
  }

  private Row[] libraries() {
    return closure.libraries().stream()
        .map(library -> RowFactory.create(library.path(), library.sha256()))
        .toArray(Row[]::new);
  }

  private String error() {
    return program.status() == Status.UNREADABLE
        ? String.join("; ", program.findings().get(0).details())
        : change.error();
  }

  private Row[] findings() {
    return program.findings().stream()
        .map(
            finding ->
                RowFactory.create(finding.rule().id(), finding.rule().level().id(), finding.line()))
        .toArray(Row[]::new);
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
