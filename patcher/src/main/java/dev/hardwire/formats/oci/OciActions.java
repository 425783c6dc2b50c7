package dev.hardwire.formats.oci;

import dev.hardwire.policy.Action;
import dev.hardwire.policy.ErrorNumber;
import dev.hardwire.policy.text.YamlNodes;
import dev.hardwire.text.NearestName;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.nodes.Node;

/** Actions of OCI profiles. */
final class OciActions {
  /** The error number that runc uses where a profile gives none: EPERM. */
  private static final int EPERM = 1;

  private static final List<String> NAMES =
      List.of(
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_LOG",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_TRAP",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_NOTIFY");

  private final YamlNodes nodes;

  OciActions(YamlNodes nodes) {
    this.nodes = nodes;
  }

  Action defaultAction(Map<String, YamlNodes.Field> fields, Node action) {
    int errno = errno(fields, "defaultErrnoRet", "defaultErrno");
    return action(action, errno);
  }

  Action ruleAction(Map<String, YamlNodes.Field> fields, Node rule) {
    Node action = nodes.required(fields, "action", rule, "the rule");
    return action(action, errno(fields, "errnoRet", "errno"));
  }

  private int errno(Map<String, YamlNodes.Field> fields, String number, String name) {
    YamlNodes.Field byNumber = fields.get(number);
    if (byNumber != null && !nodes.isNull(byNumber.value())) {
      long value = nodes.unsigned(byNumber.value(), number);
      if (Long.compareUnsigned(value, ErrorNumber.MAXIMUM) > 0) {
        throw nodes.error(byNumber.value(), number + " must be 0 to " + ErrorNumber.MAXIMUM);
      }
      return (int) value;
    }
    YamlNodes.Field byName = fields.get(name);
    if (byName == null) {
      return EPERM;
    }
    String text = nodes.string(byName.value(), name);
    try {
      return text.isEmpty() ? EPERM : Action.errno(text).number();
    } catch (IllegalArgumentException e) {
      throw nodes.error(byName.value(), e.getMessage());
    }
  }

  private Action action(Node node, int errno) {
    String name = nodes.string(node, "an action");
    return switch (name) {
      case "SCMP_ACT_ALLOW" -> Action.ALLOW;
      case "SCMP_ACT_LOG" -> Action.LOG;
      case "SCMP_ACT_ERRNO" -> new Action.Errno(errno);
      case "SCMP_ACT_TRAP" -> Action.TRAP;
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> Action.KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> Action.KILL_PROCESS;
      case "SCMP_ACT_NOTIFY" ->
          throw nodes.error(
              node,
              "SCMP_ACT_NOTIFY needs another process that answers; a program cannot confine itself"
                  + " with it");
      case "SCMP_ACT_TRACE" ->
          throw nodes.error(node, "SCMP_ACT_TRACE needs a tracer; choose another action");
      default ->
          throw nodes.error(
              node, "unknown action \"" + name + "\"" + NearestName.hint(name, NAMES));
    };
  }
}
