package dev.hardwire.report.write;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.filter.prove.Confinement;
import dev.hardwire.verify.result.Check;
import dev.hardwire.verify.result.LibrarySummary;
import dev.hardwire.verify.result.Proof;
import dev.hardwire.verify.result.Report;
import dev.hardwire.verify.result.SignatureSummary;
import dev.hardwire.work.Advice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Verifications in JSON, with the members that {@code docs/verify.schema.json} describes. */
public final class VerificationJson {
  private VerificationJson() {}

  /** Writes what was found as members of an object that was begun. */
  static void members(JsonWriter writer, Report report) throws IOException {
    writer.name("proof").value(report.proof().map(Proof::id).orElse(null));
    writer.name("checks").beginArray();
    for (Check check : report.checks()) {
      writer.beginObject();
      writer.name("name").value(check.name());
      writer.name("passed").value(check.passed());
      writer.name("detail").value(Advice.detail(check));
      writer.endObject();
    }
    writer.endArray();
    writer.name("library");
    if (report.library().isPresent()) {
      write(writer, report.library().get());
    } else {
      writer.nullValue();
    }
    writer.name("confinement");
    if (report.confinement().isPresent()) {
      write(writer, report.confinement().get());
    } else {
      writer.nullValue();
    }
    writer.name("signatures").beginArray();
    for (SignatureSummary signature : report.signatures()) {
      write(writer, signature);
    }
    writer.endArray();
  }

  private static void write(JsonWriter writer, Confinement confinement) throws IOException {
    writer.beginObject();
    writer.name("enforcesNothing").value(confinement.enforcesNothing());
    writer.name("denied").beginObject();
    for (Confinement.Denial denial : confinement.denied()) {
      writer.name(denial.verdict().toString()).value(denial.calls());
    }
    writer.endObject();
    writer.name("deniedForSomeArguments").value(confinement.conditional());
    writer.name("allowed").value(confinement.allowed());
    writer.name("otherNumbers").value(confinement.others().toString());
    texts(writer, "risky", confinement.risky());
    texts(writer, "riskyForSomeArguments", confinement.riskyAtTimes());
    texts(writer, "restrictions", confinement.restrictions());
    writer.endObject();
  }

  private static void write(JsonWriter writer, LibrarySummary library) throws IOException {
    writer.beginObject();
    writer.name("name").value(library.name());
    writer.name("file").value(library.file().map(Path::toString).orElse(null));
    writer.name("proven").value(library.proven());
    writer.name("reason").value(library.proven() ? null : library.reason());
    writer.endObject();
  }

  private static void write(JsonWriter writer, SignatureSummary signature) throws IOException {
    writer.beginObject();
    writer.name("signer").value(signature.signer());
    writer.name("certificateSha256").value(signature.certificate());
    writer.name("algorithm").value(signature.algorithm());
    writer.name("time");
    if (signature.time().isPresent()) {
      writer.value(signature.time().get().toString());
    } else {
      writer.nullValue();
    }
    writer.name("timestamped").value(signature.stamped());
    writer.name("passed").value(signature.passed());
    texts(writer, "chain", signature.chain());
    writer.endObject();
  }

  /** Writes an array of texts as a member of an object. */
  public static void texts(JsonWriter writer, String name, List<String> texts) throws IOException {
    writer.name(name).beginArray();
    for (String text : texts) {
      writer.value(text);
    }
    writer.endArray();
  }
}
