package dev.hardwire.report.read;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.hardwire.report.model.ComparedReports;
import dev.hardwire.report.model.PolicyView.Access;
import dev.hardwire.report.write.ReportJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What an earlier report in JSON says of each program, as far as it is compared.
 *
 * @param programs by their paths, in the order of the report
 */
record EarlierReport(Map<String, Program> programs) {
  private static final Set<String> LEVELS = Set.of("error", "warning", "note");

  /**
   * A program.
   *
   * @param status its stable name
   * @param sha256 of the file; empty if it could not be read
   * @param original SHA-256 of what was patched first; empty if it was not
   * @param policy its policy; empty if it had none
   * @param signers the subjects of valid signatures
   */
  record Program(
      String status,
      String sha256,
      String original,
      Optional<Policy> policy,
      Set<String> signers,
      List<ComparedReports.GoneFinding> findings) {}

  /**
   * A policy.
   *
   * @param names of its layers
   * @param access to each call
   * @param decisions for each call
   * @param restrictions beside calls
   * @param phases when each begins, and what it decides
   */
  record Policy(
      String names,
      Map<String, Access> access,
      Map<String, String> decisions,
      Set<String> restrictions,
      Set<String> phases) {}

  private static final String BYTE_ORDER_MARK = "\ufeff";

  /**
   * Reads a report.
   *
   * @throws ReportFormatException if it is not one
   */
  static EarlierReport parse(String text) throws ReportFormatException {
    if (text.startsWith(BYTE_ORDER_MARK)) { // which the parser skips
      throw new ReportFormatException(
          "it begins with a byte order mark; save it without one", null);
    }
    try {
      JsonObject root = JsonParser.parseString(text).getAsJsonObject();
      String format = text(root, "format");
      int version = root.get("version").getAsInt();
      if (!format.equals(ReportJson.FORMAT) || version != ReportJson.VERSION) {
        throw new ReportFormatException(
            "it has the format \"%s\", version %d, and not \"%s\", version %d"
                .formatted(format, version, ReportJson.FORMAT, ReportJson.VERSION),
            null);
      }
      List<Policy> policies = new ArrayList<>();
      for (JsonElement one : array(root, "policies")) {
        policies.add(policy(one.getAsJsonObject()));
      }
      Map<String, Program> programs = new LinkedHashMap<>();
      for (JsonElement one : array(root, "programs")) {
        JsonObject program = one.getAsJsonObject();
        programs.put(text(program, "file"), program(program, policies));
      }
      return new EarlierReport(programs);
    } catch (JsonParseException
        | IllegalStateException
        | UnsupportedOperationException
        | NumberFormatException
        | NullPointerException
        | IndexOutOfBoundsException
        | StackOverflowError e) {
      throw new ReportFormatException("give a file that \"hardwire report --json\" has written", e);
    }
  }

  private static Policy policy(JsonObject policy) {
    List<String> names = new ArrayList<>();
    Set<String> phases = new TreeSet<>();
    for (JsonElement layer : array(policy, "layers")) {
      names.add(text(layer.getAsJsonObject(), "name"));
      for (JsonElement one : array(layer.getAsJsonObject(), "phases")) {
        phases.add(phase(one.getAsJsonObject()));
      }
    }
    Map<String, Access> access = new LinkedHashMap<>();
    Map<String, String> decisions = new LinkedHashMap<>();
    for (JsonElement one : array(policy, "calls")) {
      JsonObject row = one.getAsJsonObject();
      if (!row.get("group").isJsonNull()) {
        boolean depends = text(row, "decision").equals("depends");
        Access own = row.get("allows").getAsBoolean() ? Access.ALLOWED : Access.DENIED;
        decisions.merge(
            text(row, "call"),
            text(row, "decision") + " " + text(row, "when"),
            (a, b) -> a + "; " + b);
        access.merge(
            text(row, "call"),
            depends ? Access.CONDITIONAL : own,
            (a, b) -> a == b ? a : Access.CONDITIONAL);
      }
    }
    Set<String> restrictions = new TreeSet<>();
    for (JsonElement one : array(policy, "restrictions")) {
      JsonObject row = one.getAsJsonObject();
      restrictions.add(text(row, "what") + ": " + text(row, "decision") + ", " + text(row, "when"));
    }
    return new Policy(String.join(" + ", names), access, decisions, restrictions, phases);
  }

  private static String phase(JsonObject phase) {
    List<String> rows = new ArrayList<>();
    for (JsonElement one : array(phase, "calls")) {
      JsonObject row = one.getAsJsonObject();
      rows.add(text(row, "call") + " " + text(row, "decision") + " " + text(row, "when"));
    }
    return "from %s on (%s)".formatted(text(phase, "moment"), String.join("; ", rows));
  }

  private static Program program(JsonObject program, List<Policy> policies) {
    JsonElement policy = program.get("policy");
    Set<String> signers = new TreeSet<>();
    JsonElement verification = program.get("verification");
    if (verification.isJsonObject()) {
      for (JsonElement one : array(verification.getAsJsonObject(), "signatures")) {
        JsonObject signature = one.getAsJsonObject();
        if (signature.get("passed").getAsBoolean()) {
          signers.add(text(signature, "signer"));
        }
      }
    }
    List<ComparedReports.GoneFinding> findings = new ArrayList<>();
    for (JsonElement one : array(program, "findings")) {
      JsonObject finding = one.getAsJsonObject();
      String level = text(finding, "level");
      if (!LEVELS.contains(level)) {
        throw new JsonParseException("level " + level);
      }
      findings.add(
          new ComparedReports.GoneFinding(
              text(program, "file"), text(finding, "rule"), level, text(finding, "message")));
    }
    JsonElement digest = program.get("sha256");
    JsonArray patches = array(program, "patches");
    return new Program(
        text(program, "status"),
        digest.isJsonNull() ? "" : digest.getAsString(),
        patches.isEmpty()
            ? ""
            : text(patches.get(patches.size() - 1).getAsJsonObject(), "originalSha256"),
        policy.isJsonNull() ? Optional.empty() : Optional.of(policies.get(policy.getAsInt())),
        signers,
        findings);
  }

  private static JsonArray array(JsonObject object, String name) {
    return object.get(name).getAsJsonArray();
  }

  private static String text(JsonObject object, String name) {
    return object.get(name).getAsString();
  }
}
