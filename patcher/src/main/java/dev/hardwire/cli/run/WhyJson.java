package dev.hardwire.cli.run;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.why.CallLine;
import dev.hardwire.why.DeniedAccess;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.Purposes;
import dev.hardwire.why.Ruling;
import dev.hardwire.why.code.Frame;
import java.io.IOException;

/** Denied calls and accesses as {@code docs/why.schema.json} describes them. */
final class WhyJson {
  private WhyJson() {}

  static void write(JsonWriter writer, WhyReport.Kind kind) throws IOException {
    DeniedCall call = kind.call();
    writer.beginObject();
    writer.name("program").value(call.program());
    writer.name("process").value(call.process());
    writer.name("thread").value(call.thread());
    writer.name("ending").value(call.ending().toString());
    writer.name("count").value(kind.count());
    writer.name("call");
    call(writer, call);
    writer.name("instruction").value(hex(call.data().instructionPointer()));
    writer.name("frames").beginArray();
    for (Frame frame : call.frames()) {
      writer.beginObject();
      writer.name("address").value(hex(frame.address()));
      writer.name("module").value(frame.module());
      writer.name("function").value(frame.function());
      writer.name("offset").value(hex(frame.offset()));
      writer.endObject();
    }
    writer.endArray();
    writer.name("purpose").value(Purposes.of(CallLine.name(call)).orElse(null));
    writer.name("rulings").beginArray();
    for (Ruling ruling : kind.rulings()) {
      ruling(writer, ruling);
    }
    writer.endArray();
    writer.name("restart").value(WhyReport.restart(kind).orElse(null));
    writer.endObject();
  }

  static void write(JsonWriter writer, DeniedAccess access, long count) throws IOException {
    writer.beginObject();
    writer.name("program").value(access.program());
    writer.name("process").value(access.process());
    writer.name("count").value(count);
    writer.name("rights").beginArray();
    for (String blocker : access.blockers()) {
      writer.value(blocker);
    }
    writer.endArray();
    writer.name("object").value(access.object());
    writer.name("remedy").value(access.remedy());
    writer.endObject();
  }

  private static void call(JsonWriter writer, DeniedCall call) throws IOException {
    writer.beginObject();
    writer.name("name").value(CallLine.name(call));
    writer.name("number").value(call.data().nr());
    writer.name("architecture").value(WhyReport.on(call));
    writer.name("arguments").beginArray();
    if (call.hasArguments()) {
      for (CallLine.Argument argument : CallLine.arguments(call)) {
        writer.beginObject();
        writer.name("name").value(argument.name());
        writer.name("value").value(hex(argument.value()));
        writer.name("text").value(argument.text());
        writer.endObject();
      }
    }
    writer.endArray();
    writer.endObject();
  }

  private static void ruling(JsonWriter writer, Ruling ruling) throws IOException {
    writer.beginObject();
    writer.name("layer").value(ruling.layer().label());
    writer.name("policy").value(ruling.layer().policy().policy().name());
    writer.name("action").value(ruling.verdict().toString());
    writer.name("place").value(ruling.place());
    writer.name("rule").value(ruling.text());
    writer.name("line").value(ruling.remedy().flatMap(Ruling.Remedy::line).orElse(null));
    writer.name("remedy").value(ruling.remedy().map(Ruling.Remedy::place).orElse(null));
    writer.endObject();
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
