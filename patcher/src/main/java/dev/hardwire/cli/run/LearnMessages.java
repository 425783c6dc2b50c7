package dev.hardwire.cli.run;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.learn.Learned;
import dev.hardwire.learn.Withheld;
import dev.hardwire.policy.Condition;
import dev.hardwire.report.write.VerificationJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** What {@code hardwire learn} says about a policy that it has written. */
final class LearnMessages {
  private LearnMessages() {}

  /**
   * Prints it.
   *
   * @param place where the policy was written, with a colon and a space; empty for standard output
   * @param verbose whether each call is listed with its reason
   */
  static void print(Learned learned, String place, boolean verbose, PrintWriter err) {
    err.println("hardwire: " + TerminalText.of(place + learned.summary()));
    learned.scope().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
    learned.warnings().forEach(line -> err.println("hardwire: warning: " + TerminalText.of(line)));
    learned.runs().forEach(line -> err.println("hardwire: " + TerminalText.of(line)));
    if (verbose) {
      for (Learned.Need need : learned.needs()) {
        String when = need.condition().map(condition -> ", if " + condition).orElse("");
        err.println(
            "hardwire: note: "
                + TerminalText.of("%s%s: %s".formatted(need.call(), when, need.comment())));
      }
    }
    Withheld withheld = learned.withheld();
    if (!withheld.calls().isEmpty()) {
      err.println(
          "hardwire: not seen, but reachable, and not allowed, since it gives power: "
              + String.join(", ", withheld.calls().keySet()));
    }
    if (!withheld.uses().isEmpty()) {
      err.println(
          "hardwire: not seen, but reachable, and allowed only in part: "
              + String.join(", ", withheld.uses().keySet()));
    }
    err.flush();
  }

  private static List<String> uses(Withheld withheld) {
    return withheld.uses().entrySet().stream()
        .map(use -> "%s: %s".formatted(use.getKey(), use.getValue()))
        .toList();
  }

  /** Writes it as {@code docs/learn.schema.json} describes it. */
  static void write(JsonWriter writer, Learned learned) throws IOException {
    writer.beginObject();
    writer.name("subject").value(learned.subject());
    writer.name("seen").value(learned.total());
    writer.name("different").value(learned.distinct());
    writer.name("calls").beginArray();
    for (Learned.Need need : learned.needs()) {
      writer.beginObject();
      writer.name("name").value(need.call());
      writer.name("when").value(need.condition().map(Condition::toString).orElse(null));
      writer.name("origin").value(need.comment());
      writer.endObject();
    }
    writer.endArray();
    Withheld withheld = learned.withheld();
    VerificationJson.texts(writer, "withheld", List.copyOf(withheld.calls().keySet()));
    VerificationJson.texts(writer, "inPart", uses(withheld));
    VerificationJson.texts(writer, "scope", learned.scope());
    VerificationJson.texts(writer, "warnings", learned.warnings());
    VerificationJson.texts(writer, "runs", learned.runs());
    writer.endObject();
  }
}
