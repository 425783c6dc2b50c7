package dev.hardwire.policy.format;

import com.google.gson.FormattingStyle;
import com.google.gson.stream.JsonWriter;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.PolicyException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes OCI profiles.
 *
 * <p>Runtimes compare 64 bits where the kernel may look at 32; the written comparisons leave the
 * other bits out, by {@code SCMP_CMP_MASKED_EQ}.
 */
public final class OciWriter {
  private final JsonWriter json;

  private OciWriter(JsonWriter json) {
    this.json = json;
  }

  /**
   * The profile's JSON, a line feed last.
   *
   * @throws PolicyException if the format cannot say it
   */
  public static String write(PlainPolicy policy) {
    StringWriter text = new StringWriter();
    try (JsonWriter json = new JsonWriter(text)) {
      json.setFormattingStyle(FormattingStyle.PRETTY);
      new OciWriter(json).profile(policy);
    } catch (IOException e) {
      throw new UncheckedIOException("a string takes everything", e);
    }
    return text + "\n";
  }

  private void profile(PlainPolicy policy) throws IOException {
    json.beginObject();
    json.name("defaultAction").value(name(policy.defaultAction()));
    if (policy.defaultAction() instanceof Action.Errno errno) {
      json.name("defaultErrnoRet").value(errno.number());
    }
    json.name("architectures").beginArray();
    json.value("SCMP_ARCH_" + policy.architecture().toUpperCase(Locale.ROOT)).endArray();
    if (policy.log()) {
      json.name("flags").beginArray().value("SECCOMP_FILTER_FLAG_LOG").endArray();
    }
    json.name("syscalls").beginArray();
    Map<Action, List<String>> whole = new LinkedHashMap<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (rule.checks().isEmpty()) {
        whole.computeIfAbsent(rule.action(), key -> new ArrayList<>()).add(rule.call());
      }
    }
    for (Map.Entry<Action, List<String>> entry : whole.entrySet()) {
      rule(entry.getValue(), entry.getKey(), List.of());
    }
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (!rule.checks().isEmpty()) {
        rule(List.of(rule.call()), rule.action(), rule.checks());
      }
    }
    json.endArray();
    json.endObject();
  }

  private void rule(List<String> calls, Action action, List<PlainCheck> checks) throws IOException {
    json.beginObject();
    json.name("names").beginArray();
    for (String call : calls) {
      json.value(call);
    }
    json.endArray();
    json.name("action").value(name(action));
    if (action instanceof Action.Errno errno) {
      json.name("errnoRet").value(errno.number());
    }
    if (!checks.isEmpty()) {
      json.name("args").beginArray();
      for (PlainCheck check : checks) {
        check(check);
      }
      json.endArray();
    }
    json.endObject();
  }

  private void check(PlainCheck check) throws IOException {
    json.beginObject();
    json.name("index").value(check.argument());
    boolean masked = check.kind() == PlainCheck.Kind.BITS && check.mask() != -1;
    json.name("value").value(number(masked ? check.mask() : check.value()));
    if (masked) {
      json.name("valueTwo").value(number(check.value()));
    }
    json.name("op")
        .value(
            switch (check.kind()) {
              case BITS -> masked ? "SCMP_CMP_MASKED_EQ" : "SCMP_CMP_EQ";
              case AT_LEAST -> "SCMP_CMP_GE";
              case AT_MOST -> "SCMP_CMP_LE";
              case NOT -> "SCMP_CMP_NE";
            });
    json.endObject();
  }

  private static BigInteger number(long unsigned) {
    return new BigInteger(Long.toUnsignedString(unsigned));
  }

  private static String name(Action action) {
    if (action instanceof Action.Allow) {
      return "SCMP_ACT_ALLOW";
    } else if (action instanceof Action.Log) {
      return "SCMP_ACT_LOG";
    } else if (action instanceof Action.Errno) {
      return "SCMP_ACT_ERRNO";
    } else if (action instanceof Action.Trap) {
      return "SCMP_ACT_TRAP";
    } else if (action instanceof Action.KillThread) {
      return "SCMP_ACT_KILL_THREAD";
    }
    return "SCMP_ACT_KILL_PROCESS";
  }
}
