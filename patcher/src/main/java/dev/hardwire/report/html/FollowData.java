package dev.hardwire.report.html;

import com.google.gson.stream.JsonWriter;
import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentConstants;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.Verdict;
import dev.hardwire.report.model.CallRow;
import dev.hardwire.report.model.PolicyView;
import dev.hardwire.text.VisibleText;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the script needs to follow a call through the filters: numbers, names, instructions. */
final class FollowData {
  private FollowData() {}

  /** A JSON document without markup. */
  static String of(PolicyView policy) {
    StringWriter text = new StringWriter();
    try (JsonWriter writer = new JsonWriter(text)) {
      writer.setHtmlSafe(true);
      write(writer, policy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonWriter writer, PolicyView policy) throws IOException {
    Target architecture = policy.architecture();
    writer.beginObject();
    writer.name("architecture").value(architecture.id());
    writer.name("audit").value(architecture.auditNumber());
    writer.name("big").value(architecture.order() == ByteOrder.BIG_ENDIAN);
    SyscallTable table = SyscallTable.of(architecture);
    writer.name("calls").beginObject();
    for (String name : table.names()) {
      writer.name(name).value(table.number(name).getAsInt());
    }
    writer.endObject();
    Set<String> depending = depending(policy);
    writer.name("depending").beginArray();
    for (String call : depending) {
      writer.value(call);
    }
    writer.endArray();
    writer.name("constants").beginObject();
    for (Map.Entry<String, Long> one : constants(architecture, depending).entrySet()) {
      writer.name(one.getKey()).value(Long.toHexString(one.getValue()));
    }
    writer.endObject();
    Map<Long, String> verdicts = new TreeMap<>();
    writer.name("filters").beginArray();
    for (Filter filter : policy.filters()) {
      filter(writer, filter, verdicts);
    }
    writer.endArray();
    writer.name("phases").beginArray();
    for (PolicyView.Phase phase : policy.phases()) {
      writer.beginObject();
      writer.name("name").value(VisibleText.of(phase.name()));
      writer.name("moment").value(VisibleText.of(phase.moment()));
      writer.name("filters").beginArray();
      for (Filter filter : phase.filters()) {
        filter(writer, filter, verdicts);
      }
      writer.endArray().endObject();
    }
    writer.endArray();
    writer.name("verdicts").beginObject();
    for (Map.Entry<Long, String> verdict : verdicts.entrySet()) {
      writer.name(verdict.getKey().toString()).value(verdict.getValue());
    }
    writer.endObject();
    writer.endObject();
  }

  /** The calls whose decision depends on their arguments, or may do so. */
  private static Set<String> depending(PolicyView policy) {
    Set<String> calls = new TreeSet<>();
    if (policy.calls().isEmpty()) {
      calls.addAll(SyscallTable.of(policy.architecture()).names());
    }
    Set<String> once = new HashSet<>();
    for (CallRow row : policy.calls()) {
      if (!once.add(row.call()) || row.decision().equals("depends")) {
        calls.add(row.call());
      }
    }
    return calls;
  }

  /** The constants that arguments of these calls take, and their values. */
  private static Map<String, Long> constants(Target architecture, Set<String> calls) {
    Set<String> prefixes = new TreeSet<>();
    for (String call : calls) {
      for (ArgumentTable.Argument argument :
          ArgumentTable.of(architecture).arguments(call).orElse(List.of())) {
        for (String name : argument.names()) {
          prefixes.addAll(ArgumentConstants.prefixes(call, name).orElse(List.of()));
        }
      }
    }
    ConstantTable table = ConstantTable.of(architecture);
    Map<String, Long> constants = new TreeMap<>();
    for (String name : table.names()) {
      if (prefixes.stream().anyMatch(name::startsWith)) {
        constants.put(name, table.value(name).getAsLong());
      }
    }
    return constants;
  }

  private static void filter(JsonWriter writer, Filter filter, Map<Long, String> verdicts)
      throws IOException {
    writer.beginArray();
    for (BpfInstruction i : filter.instructions()) {
      writer.beginArray().value(i.code()).value(i.jt()).value(i.jf()).value(i.k()).endArray();
      if (i.code() == (Bpf.RET | Bpf.K)) {
        verdicts.put(i.k(), new Verdict(i.k()).toString());
      }
    }
    writer.endArray();
  }
}
