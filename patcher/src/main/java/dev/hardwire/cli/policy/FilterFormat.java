package dev.hardwire.cli.policy;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.arch.Target;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.cli.report.JsonDocument;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Disassembler;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.print.AssemblerWriter;
import dev.hardwire.filter.print.CArrayWriter;
import dev.hardwire.filter.prove.explain.FilterExplanation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** How a compiled filter is written. */
public enum FilterFormat {
  /** A listing. */
  TEXT,
  /** An array of {@code struct sock_filter} in the architecture's byte order. */
  RAW,
  /** C source of that array. */
  C,
  /** The input format of the kernel's {@code bpf_asm}. */
  ASM,
  /** {@code docs/filter.schema.json}. */
  JSON;

  /** As the command line names it: {@code asm}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Bytes write(Filter filter, Target architecture) throws IOException {
    return switch (this) {
      case RAW -> filter.encode(architecture.order());
      case C -> text(CArrayWriter.lines(filter, architecture));
      case ASM -> text(AssemblerWriter.lines(filter, architecture));
      case JSON -> json(filter, architecture);
      default -> text(Disassembler.lines(filter, architecture));
    };
  }

  private static Bytes text(List<String> lines) {
    String text = String.join("\n", lines) + "\n";
    return Bytes.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Bytes json(Filter filter, Target architecture) throws IOException {
    FilterExplanation.Labelled named = new FilterExplanation.Labelled("", filter);
    return text(List.of(JsonDocument.text(writer -> write(writer, named, architecture))));
  }

  /** Writes a filter as {@code docs/filter.schema.json} describes it. */
  static void write(JsonWriter writer, FilterExplanation.Labelled named, Target architecture)
      throws IOException {
    List<String> texts = Disassembler.lines(named.filter(), architecture);
    writer.beginObject();
    if (!named.label().isEmpty()) {
      writer.name("label").value(named.label());
    }
    writer.name("architecture").value(architecture.id());
    writer.name("auditNumber").value(architecture.auditNumber());
    writer.name("instructions").beginArray();
    for (int at = 0; at < named.filter().size(); at++) {
      BpfInstruction i = named.filter().instructions().get(at);
      writer.beginObject();
      writer.name("code").value(i.code());
      writer.name("jt").value(i.jt());
      writer.name("jf").value(i.jf());
      writer.name("k").value(i.k());
      String text = texts.get(at);
      writer.name("text").value(text.substring(text.indexOf(':') + 2));
      writer.endObject();
    }
    writer.endArray();
    writer.endObject();
  }
}
