package dev.hardwire.cli.run;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.cli.report.TerminalText;
import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.report.write.VerificationJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** What {@code derive} says about a policy beside it. */
final class DerivationSummary {
  private DerivationSummary() {}

  /**
   * Prints it.
   *
   * @param verbose whether to print what was read and assumed, too
   * @param prefix what the policy was written to, or nothing
   * @param alone whether no program was named that it executes
   */
  static void print(
      Derivation derivation, boolean verbose, String prefix, boolean alone, PrintWriter err) {
    if (verbose) {
      notes(derivation).forEach(line -> err.println("hardwire: note: " + TerminalText.of(line)));
    }
    err.println(
        TerminalText.of(
            "hardwire: %s%d system calls can be reached in %d files"
                .formatted(prefix, derivation.calls().size(), derivation.files().size())));
    if (!derivation.loaded().isEmpty()) {
      err.println(
          TerminalText.of(
              "hardwire: warning: it may load %s; give what it loads with --with-library"
                  .formatted(String.join(", ", derivation.loaded()))));
    }
    if (!derivation.composed().isEmpty()) {
      err.println(
          TerminalText.of(
              "hardwire: warning: not known what is loaded or found by names that are put together:"
                  + " %s; give the libraries with --with-library"
                      .formatted(String.join(", ", derivation.composed()))));
    }
    boolean executes =
        derivation.explain("execve").or(() -> derivation.explain("execveat")).isPresent();
    if (alone && executes) {
      err.println(
          "hardwire: warning: it can execute programs, which then run under the same policy and"
              + " may need more calls; give them with --with-program");
    }
    if (!derivation.isComplete()) {
      err.println(
          "hardwire: warning: the numbers of %d system calls are not known"
              .formatted(derivation.unknown().size()));
    }
    err.flush();
  }

  /** Prints the calls whose numbers are not known, each with one way to it. */
  static void sites(Derivation derivation, PrintWriter err) {
    for (Derivation.UnknownSite site : derivation.unknown()) {
      err.println(
          "hardwire: note: "
              + TerminalText.of(
                  "not known: %s: %s".formatted(site.text(), String.join(" > ", site.chain()))));
    }
    err.flush();
  }

  /** Warns if a policy under which unknown calls fail allows no threads and no processes. */
  static void fails(Derivation derivation, UnknownAnswer answer, PrintWriter err) {
    boolean starts = derivation.explain("clone").or(() -> derivation.explain("clone3")).isPresent();
    if (answer instanceof UnknownAnswer.Fail && !derivation.isComplete() && !starts) {
      err.println(
          "hardwire: warning: clone and clone3 fail under this policy, as far as is known: if the"
              + " program starts threads or processes, that looks like an error of its own");
      err.flush();
    }
  }

  /** Writes all of it as {@code docs/learn.schema.json} describes it. */
  static void write(JsonWriter writer, Derivation derivation) throws IOException {
    writer.beginObject();
    writer.name("program").value(derivation.program());
    writer.name("complete").value(derivation.isComplete());
    writer.name("calls").beginArray();
    for (Derivation.ReachedCall call : derivation.calls().values()) {
      writer.beginObject();
      writer.name("name").value(call.name());
      writer.name("number").value(call.number());
      VerificationJson.texts(writer, "chain", call.chain());
      writer.endObject();
    }
    writer.endArray();
    writer.name("unknown").beginArray();
    for (Derivation.UnknownSite site : derivation.unknown()) {
      writer.beginObject();
      writer.name("file").value(site.file());
      writer.name("place").value(site.place());
      writer.name("reason").value(site.reason());
      writer.name("cause").value(site.cause().name().toLowerCase(java.util.Locale.ROOT));
      VerificationJson.texts(writer, "chain", site.chain());
      writer.endObject();
    }
    writer.endArray();
    writer.name("files").beginArray();
    for (Derivation.DerivedFile file : derivation.files()) {
      writer.beginObject();
      writer.name("path").value(file.path());
      writer.name("buildId").value(file.buildId().isEmpty() ? null : file.buildId());
      writer.name("sha256").value(file.sha256());
      writer.endObject();
    }
    writer.endArray();
    VerificationJson.texts(writer, "assumed", derivation.rules());
    VerificationJson.texts(writer, "loads", derivation.loaded());
    VerificationJson.texts(writer, "namesNotKnown", derivation.composed());
    writer.endObject();
  }

  /** What was read and assumed, and one way to each call. */
  private static List<String> notes(Derivation derivation) {
    List<String> notes = new ArrayList<>();
    derivation.files().forEach(file -> notes.add("read " + file.path() + ", " + file.identity()));
    derivation.rules().forEach(rule -> notes.add("assumed: " + rule));
    derivation
        .calls()
        .values()
        .forEach(call -> notes.add(call.name() + ": " + String.join(" > ", call.chain())));
    return notes;
  }
}
