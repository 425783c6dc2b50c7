package dev.hardwire.report.html;

import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.report.model.Finding;
import dev.hardwire.report.model.Grade;
import dev.hardwire.report.model.PatchView;
import dev.hardwire.report.model.ProgramView;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import dev.hardwire.work.Advice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The parts of a page that are about one program. */
final class Parts {
  private final Html html;
  private final ProgramView program;

  Parts(Html html, ProgramView program) {
    this.html = html;
    this.program = program;
  }

  void badge() {
    html.open("p");
    html.element("span", program.status().text(), "class", "badge " + program.status().id());
    html.close();
  }

  /** How many calls are denied and allowed, as a bar. */
  void callBar() {
    program
        .confinement()
        .ifPresent(
            all -> {
              int denied = all.denied().stream().mapToInt(Confinement.Denial::calls).sum();
              new Bar("System calls")
                  .add("denied", denied, "b-denied")
                  .add("denied for some arguments", all.conditional(), "b-depends")
                  .add("allowed", all.allowed(), "b-allowed")
                  .draw(html);
            });
  }

  /** What the owner should know. */
  void findings() {
    if (program.findings().isEmpty()) {
      return;
    }
    html.element("h3", "Findings").open("ul", "class", "findings");
    for (Finding finding : program.findings()) {
      String level = finding.rule().level().id();
      html.open("li").element("span", level, "class", "level " + level);
      html.text(" " + finding.message());
      finding.accepted().ifPresent(text -> html.element("p", text, "class", "accepted"));
      if (!finding.details().isEmpty()) {
        html.open("details").element("summary", "What was found");
        finding.details().forEach(detail -> html.element("p", detail, "class", "code"));
        html.close();
      }
      String command = Commands.of(finding.rule(), program);
      html.element("p", Commands.help(finding.rule(), program), "class", "quiet");
      if (!command.isEmpty()) {
        html.pre("Command", command);
      }
      html.close();
    }
    html.close().line();
  }

  /** Short facts in two columns. */
  void facts() {
    html.open("dl", "class", "facts");
    List<String> facts = facts(program);
    for (int i = 0; i < facts.size(); i += 2) {
      html.fact(facts.get(i), facts.get(i + 1));
    }
    html.close().line();
  }

  /** Short facts: names and values in turn. */
  static List<String> facts(ProgramView program) {
    List<String> facts = new ArrayList<>();
    program.origin().owner().ifPresent(owner -> facts.addAll(List.of("Package", owner)));
    program.origin().layer().ifPresent(layer -> facts.addAll(List.of("Layer", layer)));
    if (!program.origin().otherNames().isEmpty()) {
      facts.addAll(List.of("Other names", String.join(", ", program.origin().otherNames())));
    }
    if (!program.machine().isEmpty()) {
      facts.addAll(List.of("Architecture", program.machine()));
    }
    program.policy().ifPresent(policy -> facts.addAll(List.of("Policy", policy.names())));
    for (PatchView patch : program.patches()) {
      facts.add("Hook");
      facts.add(patch.library().map(name -> "library " + name).orElse(patch.hook()));
      facts.add("Added segment");
      facts.add(
          "%s at address 0x%x, file offset 0x%x"
              .formatted(
                  Sentences.count(patch.blobSize(), "byte"),
                  patch.blobAddress(),
                  patch.blobOffset()));
      facts.addAll(List.of("Patched by", "Hardwire " + patch.release()));
      facts.addAll(List.of("Original", "SHA-256 " + patch.originalSha256()));
    }
    program
        .verification()
        .flatMap(Report::proof)
        .ifPresent(proof -> facts.addAll(List.of("Proof", "It " + proof.text() + ".")));
    program.hardening().ifPresent(found -> facts.addAll(List.of("Hardening", found.text())));
    if (!program.libraries().isEmpty()) {
      facts.addAll(List.of("Libraries", String.join(", ", program.libraries())));
    }
    String signers = program.signers();
    facts.addAll(List.of("Signed by", signers.isEmpty() ? "no signature was verified" : signers));
    if (!program.sha256().isEmpty()) {
      facts.addAll(List.of("SHA-256", program.sha256()));
    }
    return facts;
  }

  void grade() {
    Grade grade = program.grade();
    html.open("h3").text("Grade ");
    html.element(
        "span", grade.letter(), "class", "grade g-" + grade.letter().toLowerCase(Locale.ROOT));
    html.text(": what it can still do").close();
    html.table("Grade", List.of("it can", "answer", "what decides"));
    for (Grade.Reason reason : grade.reasons()) {
      html.open("tr").element("td", reason.area()).open("td");
      html.element("span", reason.room().id(), "class", "verdict " + style(reason.room())).close();
      html.element("td", reason.why()).close();
    }
    html.close(3).line();
  }

  /** The style of an answer: what is closed is good. */
  static String style(Grade.Room room) {
    return switch (room) {
      case CLOSED -> "allows";
      case PARTLY -> "depends";
      case OPEN -> "denies";
    };
  }

  /** Each signature with its chain and its checks. */
  void signatures() {
    List<SignatureSummary> all = program.verification().map(Report::signatures).orElse(List.of());
    if (all.isEmpty()) {
      html.element("p", "No signature was checked. Signatures are checked with --trust ANCHORS.");
    }
    for (int i = 0; i < all.size(); i++) {
      SignatureSummary one = all.get(i);
      html.element("h3", "Signature " + (i + 1));
      html.open("p")
          .element(
              "span",
              one.passed() ? "valid" : "not valid",
              "class",
              "badge " + (one.passed() ? "confined" : "failed"))
          .close();
      html.open("dl", "class", "facts");
      html.fact("Signer", one.signer());
      html.fact("Certificate", "SHA-256 " + one.certificate());
      html.fact("Algorithm", one.algorithm());
      html.fact(
          "Time",
          one.time().map(Object::toString).orElse("not stated")
              + (one.stamped() ? ", by a verified time stamp" : ", not proven"));
      html.close();
      if (!one.chain().isEmpty()) {
        html.element("p", "Chain, from the signer to the trust anchor:");
        html.open("ol", "class", "chain");
        one.chain().forEach(name -> html.element("li", name));
        html.close();
      }
    }
  }

  /** Every check in a table. */
  void checks() {
    List<Check> all = program.verification().map(Report::checks).orElse(List.of());
    if (all.isEmpty()) {
      html.element("p", "Nothing was checked.");
      return;
    }
    html.table("Checks", List.of("result", "check", "what was found"));
    for (Check check : all) {
      String result = check.passed() ? "passed" : "failed";
      html.open("tr").open("td").element("span", result, "class", "result " + result).close();
      html.element("td", check.name(), "class", "code").element("td", Advice.detail(check));
      html.close().line();
    }
    html.close(3);
  }

  /** Every check as a line of text. */
  String checkLines() {
    return program.verification().map(Report::checks).orElse(List.of()).stream()
        .map(
            check ->
                "%-4s %s: %s"
                    .formatted(check.passed() ? "ok" : "FAIL", check.name(), Advice.detail(check)))
        .collect(Collectors.joining("\n"));
  }

  /** The commands that restore the original. */
  void restore() {
    int patches = program.patches().size();
    String sentence =
        patches == 1
            ? "This gives the original back, byte for byte:"
            : "Each run undoes one patch, the last first; there are " + patches + ":";
    if (program.origin().inside().isPresent()) {
      sentence = "This gives every program in it back, byte for byte, as it was before its patch:";
    }
    html.element("p", sentence);
    html.pre("Command", Commands.restore(program.origin()));
  }
}
