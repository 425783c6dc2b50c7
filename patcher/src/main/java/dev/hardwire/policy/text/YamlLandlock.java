package dev.hardwire.policy.text;

import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Landlock.LogDenials;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads the section {@code landlock:} of a policy. */
final class YamlLandlock {
  static final String SECTION = "landlock";
  static final String OTHER_SOCKETS = "other-sockets";
  static final String CONNECT_UDP = "connect-udp";
  static final String BIND_UDP = "bind-udp";
  static final String CONNECT_UNIX = "connect-unix";
  static final String LOG_DENIALS = "log-denials";
  static final String QUIET = "quiet";

  private static final String OPTIONAL = "?";
  private static final int LAST_PORT = 0xffff;
  private static final List<String> KEYS =
      List.of(
          "kernel",
          "read",
          "write",
          "execute",
          "connect",
          "bind",
          CONNECT_UDP,
          BIND_UDP,
          CONNECT_UNIX,
          OTHER_SOCKETS,
          "scope",
          LOG_DENIALS,
          QUIET);

  private final YamlNodes nodes;
  private final Map<String, YamlNodes.Field> fields;

  private YamlLandlock(YamlNodes nodes, Map<String, YamlNodes.Field> fields) {
    this.nodes = nodes;
    this.fields = fields;
  }

  /** The section, at the position of its key. */
  static Landlock read(YamlNodes nodes, YamlNodes.Field section) {
    Map<String, YamlNodes.Field> fields = nodes.mapping(section.value(), SECTION, KEYS);
    return new YamlLandlock(nodes, fields).section(section.position());
  }

  /** The section of a phase, which takes a kernel that can restrict all threads. */
  static Landlock readInPhase(YamlNodes nodes, YamlNodes.Field section) {
    Landlock landlock = read(nodes, section);
    try {
      return Phase.forAllThreads(landlock);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(
          nodes.mapping(section.value(), SECTION).get("kernel").position(), e.getMessage());
    }
  }

  private Landlock section(Position position) {
    Optional<List<PathRule>> write = paths("write");
    Optional<List<Integer>> connect = ports("connect");
    Optional<List<Integer>> bind = ports("bind");
    Optional<List<Integer>> connectUdp = ports(CONNECT_UDP);
    Optional<List<Integer>> bindUdp = ports(BIND_UDP);
    Optional<List<PathRule>> connectUnix = paths(CONNECT_UNIX);
    boolean sockets =
        connect.isPresent()
            || bind.isPresent()
            || connectUdp.isPresent()
            || bindUdp.isPresent()
            || connectUnix.isPresent();
    try {
      return new Landlock(
          kernel(),
          paths("read"),
          write,
          paths("execute"),
          connect,
          bind,
          connectUdp,
          bindUdp,
          connectUnix,
          otherSockets(sockets),
          scope(),
          logDenials(),
          paths(QUIET).orElse(List.of()),
          position);
    } catch (IllegalArgumentException e) {
      throw new PolicyException(position, e.getMessage());
    }
  }

  private KernelDemand kernel() {
    YamlNodes.Field field = fields.get("kernel");
    if (field == null) {
      return KernelDemand.REQUIRE;
    }
    if (!(field.value() instanceof MappingNode)) {
      String text = nodes.text(field.value(), "kernel");
      if (!text.equals("require")) {
        throw nodes.error(
            field.value(), "kernel must be \"require\" or {at-least: N, below: stop or warn}");
      }
      return KernelDemand.REQUIRE;
    }
    Map<String, YamlNodes.Field> demand =
        nodes.mapping(field.value(), "kernel", List.of("at-least", "below"));
    YamlNodes.Field atLeast = demand.get("at-least");
    if (atLeast == null) {
      throw nodes.error(field.value(), "kernel has no \"at-least\"; add it, or write \"require\"");
    }
    try {
      return new KernelDemand(
          OptionalInt.of(nodes.integer(atLeast.value(), "at-least")), warns(demand.get("below")));
    } catch (IllegalArgumentException e) {
      throw nodes.error(atLeast.value(), e.getMessage());
    }
  }

  private boolean warns(YamlNodes.Field field) {
    return field != null && choice(field, "below", "stop", "warn");
  }

  /** Whether the second of two words is given. */
  private boolean choice(YamlNodes.Field field, String what, String first, String second) {
    String text = nodes.string(field.value(), what);
    if (!text.equals(first) && !text.equals(second)) {
      throw nodes.error(field.value(), what + " must be " + first + " or " + second);
    }
    return text.equals(second);
  }

  private boolean otherSockets(boolean sockets) {
    YamlNodes.Field field = fields.get(OTHER_SOCKETS);
    if (field == null) {
      return !sockets;
    }
    if (!sockets) {
      throw new PolicyException(
          field.position(), OTHER_SOCKETS + " requires connect or bind; add one or remove it");
    }
    return choice(field, OTHER_SOCKETS, "deny", "allow");
  }

  private LogDenials logDenials() {
    YamlNodes.Field field = fields.get(LOG_DENIALS);
    if (field == null) {
      return LogDenials.PROGRAM;
    }
    String text = nodes.string(field.value(), LOG_DENIALS);
    for (LogDenials whose : LogDenials.values()) {
      if (whose.toString().equals(text)) {
        return whose;
      }
    }
    throw nodes.error(field.value(), LOG_DENIALS + " must be none, program or all");
  }

  private Optional<List<PathRule>> paths(String key) {
    return items(key, node -> path(node, key), PathRule::path);
  }

  private PathRule path(Node node, String key) {
    String text = nodes.string(node, "a path");
    boolean optional = text.startsWith(OPTIONAL);
    if (optional && key.equals("write")) {
      throw nodes.error(node, "a path under write cannot be optional; remove the \"?\"");
    }
    try {
      return new PathRule(optional ? text.substring(1) : text, optional, nodes.position(node));
    } catch (IllegalArgumentException e) {
      throw nodes.error(node, e.getMessage());
    }
  }

  private Optional<List<Integer>> ports(String key) {
    return items(key, this::port, port -> Integer.toString(port));
  }

  private int port(Node node) {
    int port = nodes.integer(node, "a port");
    if (port > LAST_PORT) {
      throw nodes.error(node, "a port must be a number from 0 to " + LAST_PORT);
    }
    return port;
  }

  private Set<Landlock.Scope> scope() {
    Set<Landlock.Scope> scope = EnumSet.noneOf(Landlock.Scope.class);
    items("scope", this::oneScope, Landlock.Scope::toString).ifPresent(scope::addAll);
    return scope;
  }

  private Landlock.Scope oneScope(Node node) {
    String text = nodes.string(node, "an item of scope");
    for (Landlock.Scope scope : Landlock.Scope.values()) {
      if (scope.toString().equals(text)) {
        return scope;
      }
    }
    throw nodes.error(node, "an item of scope must be signal or abstract-unix-socket");
  }

  private <T> Optional<List<T>> items(
      String key, Function<Node, T> reader, Function<T, String> name) {
    YamlNodes.Field field = fields.get(key);
    if (field == null) {
      return Optional.empty();
    }
    Map<String, Position> seen = new HashMap<>();
    List<T> items = new ArrayList<>();
    for (Node node : nodes.list(field.value(), key)) {
      T item = reader.apply(node);
      Position earlier = seen.put(name.apply(item), nodes.position(node));
      if (earlier != null) {
        throw new PolicyException(
            nodes.position(node),
            earlier,
            "\"" + name.apply(item) + "\" is listed twice in " + key + "; remove one");
      }
      items.add(item);
    }
    return Optional.of(items);
  }
}
