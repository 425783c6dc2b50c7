package dev.hardwire.formats.firecracker;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.compile.PlainCheck;
import dev.hardwire.filter.compile.PlainPolicy;
import dev.hardwire.formats.Inexpressible;
import dev.hardwire.formats.PolicyFormat;
import dev.hardwire.formats.ReadOptions;
import dev.hardwire.policy.Action;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.text.PolicyFiles;
import dev.hardwire.policy.text.ReadPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** JSON of Firecracker's seccompiler. */
public record FirecrackerFormat() implements PolicyFormat {
  private static final Pattern KEY = Pattern.compile("\"(default_action|filter_action)\"\\s*:");

  @Override
  public boolean detect(String text) {
    return text.stripLeading().startsWith("{") && KEY.matcher(text).find();
  }

  @Override
  public ReadPolicy read(List<Path> files, ReadOptions options) throws IOException {
    Path file = PolicyFiles.only(files);
    return FirecrackerReader.read(PolicyFiles.bytes(file), file.toString(), options);
  }

  @Override
  public String write(Policy policy, Target architecture) {
    Inexpressible.checkRestrictions(policy, this);
    Inexpressible.checkLog(policy, this);
    Inexpressible.checkNoNewPrivs(policy, this);
    return filter(PlainPolicy.of(policy, architecture), policy.name());
  }

  @Override
  public String toString() {
    return "firecracker";
  }

  /** One filter with one action for all its rules; a line feed is last. */
  private String filter(PlainPolicy policy, String name) {
    Action matching = Action.ALLOW.equals(policy.defaultAction()) ? Action.LOG : Action.ALLOW;
    if (!policy.rules().isEmpty()) {
      matching = policy.rules().get(0).action();
    }
    List<String> rules = new ArrayList<>();
    for (PlainPolicy.PlainRule rule : policy.rules()) {
      if (!rule.action().equals(matching)) {
        throw Inexpressible.by(
            this, rule.position(), rule.action() + " beside " + matching + " in one filter");
      }
      rules.add("\n      {\"syscall\": \"" + rule.call() + "\"" + args(rule.checks()) + "}");
    }
    return "{\n  \"%s\": {\n    \"default_action\": %s,\n    \"filter_action\": %s,\n"
            .formatted(
                name.matches("[A-Za-z0-9_-]+") ? name : "main",
                action(policy.defaultAction()),
                action(matching))
        + "    \"filter\": ["
        + String.join(",", rules)
        + (rules.isEmpty() ? "]" : "\n    ]")
        + "\n  }\n}\n";
  }

  private static String args(List<PlainCheck> checks) {
    return checks.isEmpty()
        ? ""
        : checks.stream()
            .map(FirecrackerFormat::arg)
            .collect(Collectors.joining(", ", ", \"args\": [", "]"));
  }

  private static String arg(PlainCheck check) {
    String operator =
        switch (check.kind()) {
          case BITS ->
              check.mask() == -1
                  ? "\"eq\""
                  : "{\"masked_eq\": " + Long.toUnsignedString(check.mask()) + "}";
          case AT_LEAST -> "\"ge\"";
          case AT_MOST -> "\"le\"";
          case NOT -> "\"ne\"";
        };
    return "{\"index\": %d, \"type\": \"qword\", \"op\": %s, \"val\": %s}"
        .formatted(check.argument(), operator, Long.toUnsignedString(check.value()));
  }

  private static String action(Action action) {
    return action instanceof Action.Errno errno
        ? "{\"errno\": " + errno.number() + "}"
        : "\"" + action.toString().replace('-', '_') + "\"";
  }
}
