package dev.hardwire.report.write;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.AuditReport;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.Hardening;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.text.VisibleText;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reports as a table of comma-separated values (RFC 4180), one line for each program, in UTF-8.
 *
 * <p>Control characters are escaped, and a text that a spreadsheet would take for a formula starts
 * with an apostrophe.
 */
public final class CsvWriter {
  private static final List<String> HEADER =
      List.of(
          "program",
          "package",
          "status",
          "policy",
          "policy SHA-256",
          "hook",
          "calls allowed",
          "calls denied",
          "calls denied for some arguments",
          "risky calls",
          "risky calls for some arguments",
          "restrictions",
          "signers",
          "findings",
          "proof",
          "grade",
          "RELRO",
          "canary",
          "NX",
          "PIE",
          "FORTIFY",
          "libraries",
          "layer",
          "accepted findings",
          "SHA-256");

  private CsvWriter() {}

  /** The document. */
  public static String of(AuditReport report) {
    StringBuilder text = new StringBuilder();
    line(text, HEADER);
    for (ProgramView program : report.programs()) {
      line(text, cells(program));
    }
    return text.toString();
  }

  private static List<String> cells(ProgramView program) {
    Optional<Confinement> all = program.confinement();
    Optional<PolicyView> policy = program.policy();
    Optional<Hardening> hardening = program.hardening();
    return List.of(
        program.origin().path(),
        program.origin().owner().orElse(""),
        program.status().text(),
        policy.map(PolicyView::names).orElse(""),
        policy
            .map(one -> joined(one.layers().stream().map(PolicyView.Layer::sha256).toList()))
            .orElse(""),
        joined(program.patches().stream().map(PatchView::hook).toList()),
        all.map(one -> String.valueOf(one.allowed())).orElse(""),
        all.map(CsvWriter::denied).orElse(""),
        all.map(one -> String.valueOf(one.conditional())).orElse(""),
        all.map(one -> joined(one.risky())).orElse(""),
        all.map(one -> joined(one.riskyAtTimes())).orElse(""),
        all.map(one -> joined(one.restrictions())).orElse(""),
        program.signers(),
        program.findings().stream().map(Finding::line).collect(Collectors.joining("; ")),
        program.proof(),
        program.grade().letter(),
        hardening.map(Hardening::relro).orElse(""),
        hardening.map(one -> one.canary().id()).orElse(""),
        hardening.map(one -> one.nx() ? "yes" : "no").orElse(""),
        hardening.map(Hardening::pie).orElse(""),
        hardening.map(one -> one.fortify().id()).orElse(""),
        joined(program.libraries()),
        program.origin().layer().orElse(""),
        program.findings().stream()
            .flatMap(finding -> finding.accepted().stream())
            .collect(Collectors.joining("; ")),
        program.sha256());
  }

  private static String denied(Confinement all) {
    return String.valueOf(all.denied().stream().mapToInt(Confinement.Denial::calls).sum());
  }

  private static String joined(List<String> texts) {
    return String.join(" ", texts);
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append(cells.stream().map(CsvWriter::cell).collect(Collectors.joining(",")))
        .append("\r\n");
  }

  /** A cell, in quotes where it needs them. */
  static String cell(String value) {
    String visible = VisibleText.of(value);
    boolean formula = !visible.isEmpty() && "=+-@".indexOf(visible.charAt(0)) >= 0;
    String safe = formula ? "'" + visible : visible;
    return safe.matches("[^\",]*") ? safe : '"' + safe.replace("\"", "\"\"") + '"';
  }
}
