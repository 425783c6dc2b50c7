package dev.hardwire.report.write;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.report.model.Scope;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.Status;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a program as the columns of a table, which {@code docs/scale.md} describes: the
 * same in a local database and on a cluster. A value is null, a text, a number, a truth value, or a
 * list of texts, of {@link Finding} or of {@link Library}.
 */
public final class ProgramColumns {
  /** Why a file could not be read or patched. */
  public static final String ERROR = "error";

  /** What {@code apply} did with it. */
  public static final String RESULT = "result";

  /** The file that {@code apply} wrote. */
  public static final String OUTPUT = "output";

  /** The digests of a program and its libraries, which only a cluster computes. */
  public static final String CLOSURE = "closure";

  /** The libraries that {@code derive} read. */
  public static final String LIBRARIES = "libraries";

  /** Why {@code derive} made no policy. */
  public static final String DERIVE_ERROR = "derive_error";

  /** The calls that {@code derive} found. */
  public static final String DERIVED_CALLS = "derived_calls";

  /** The text of {@code derive}. */
  public static final String DERIVED_POLICY = "derived_policy";

  /** SHA-256 of the policy without comments, which a program has that is patched with it. */
  public static final String DERIVED_SHA256 = "derived_policy_sha256";

  /** The columns, in their order; those that only a cluster fills are null. */
  public static final List<String> NAMES =
      List.of(
          "path",
          "package",
          "source",
          "source_sha256",
          "sha256",
          "build_id",
          "status",
          "verified",
          "policy",
          "policy_sha256",
          "calls_allowed",
          "calls_conditional",
          "risky_calls",
          "signers",
          "findings",
          ERROR,
          RESULT,
          OUTPUT,
          "original_sha256",
          CLOSURE,
          LIBRARIES,
          DERIVE_ERROR,
          "policy_json",
          "program_json");

  /** The columns after those, of {@code derive}. */
  public static final List<String> DERIVED = List.of(DERIVED_CALLS, DERIVED_POLICY, DERIVED_SHA256);

  private ProgramColumns() {}

  /** A finding. */
  public record Finding(String rule, String level, String message) {}

  /** A library that a program needs. */
  public record Library(String path, String sha256) {}

  /**
   * The columns that have a value.
   *
   * @param source the file that has the program: itself, an image or a package
   * @param sourceSha256 of that file; empty if it is not known
   */
  public static Map<String, Object> of(ProgramView program, String source, String sourceSha256) {
    JsonObject document =
        JsonParser.parseString(
                ReportJson.of(AuditReport.of("", Optional.empty(), Scope.NONE, List.of(program))))
            .getAsJsonObject();
    JsonArray policies = document.getAsJsonArray("policies");
    Optional<Confinement> confinement = program.confinement();
    List<PatchView> patches = program.patches();
    Map<String, Object> columns = new HashMap<>();
    columns.put("path", program.origin().path());
    columns.put("package", program.origin().owner().orElse(null));
    columns.put("source", source);
    columns.put("source_sha256", orNull(sourceSha256));
    columns.put("sha256", orNull(program.sha256()));
    columns.put("build_id", orNull(program.buildId()));
    columns.put("status", program.status().id());
    columns.put("verified", program.verification().map(Report::passed).orElse(false));
    columns.put("policy", program.policy().map(PolicyView::names).orElse(null));
    columns.put(
        "policy_sha256",
        program.policy().stream()
            .flatMap(policy -> policy.layers().stream())
            .map(PolicyView.Layer::sha256)
            .toList());
    columns.put("calls_allowed", confinement.map(Confinement::allowed).orElse(null));
    columns.put("calls_conditional", confinement.map(Confinement::conditional).orElse(null));
    columns.put("risky_calls", confinement.map(Confinement::risky).orElse(List.of()));
    columns.put("signers", orNull(program.signers()));
    columns.put(
        "findings",
        program.findings().stream()
            .map(one -> new Finding(one.rule().id(), one.rule().level().id(), one.line()))
            .toList());
    columns.put(
        ERROR,
        program.status() == Status.UNREADABLE
            ? String.join("; ", program.findings().get(0).details())
            : null);
    columns.put(
        "original_sha256",
        patches.isEmpty() ? null : patches.get(patches.size() - 1).originalSha256());
    columns.put("policy_json", policies.isEmpty() ? null : policies.get(0).toString());
    columns.put("program_json", document.getAsJsonArray("programs").get(0).toString());
    return columns;
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
