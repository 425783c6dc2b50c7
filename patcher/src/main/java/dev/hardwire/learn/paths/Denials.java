package dev.hardwire.learn.paths;

import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What Landlock denied a program, and the section {@code landlock:} that would not. */
public final class Denials {
  private static final Pattern PORT = Pattern.compile("\\d{1,5}");

  /** What was denied: the right, and the path or port. */
  private record Denial(Grant grant, String object) {}

  private final Map<Denial, String> first = new LinkedHashMap<>();
  private boolean full;

  /**
   * Adds an access that was denied.
   *
   * @param blockers rights as the kernel names them
   * @param object a path, a port, or something else
   */
  public void add(List<String> blockers, String object, String place) {
    for (Grant grant : Grant.of(blockers)) {
      Denial denial = new Denial(grant, grant.isOfPaths() || grant.isOfPorts() ? object : "");
      full |= first.size() == Proposal.MOST_RULES && !first.containsKey(denial);
      if (!full) {
        first.putIfAbsent(denial, place);
      }
    }
  }

  /** How many different accesses were denied. */
  public int count() {
    return first.size();
  }

  /**
   * A section that allows what was denied, too.
   *
   * @param section under which the program ran
   * @return the section with the reasons for what was added, and warnings about what was not
   */
  public Proposal widened(Landlock section) {
    return new Widening(section).proposal();
  }

  private final class Widening {
    private final Landlock section;
    private final Landlock.Builder builder;
    private final Map<String, String> reasons = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();

    Widening(Landlock section) {
      this.section = section;
      this.builder = section.toBuilder();
    }

    Proposal proposal() {
      addPaths(Grant.READ, Landlock::read, builder::read);
      addPaths(Grant.WRITE, Landlock::write, builder::write);
      addPaths(Grant.EXECUTE, Landlock::execute, builder::execute);
      addPaths(Grant.CONNECT_UNIX, Landlock::connectUnix, builder::connectUnix);
      addPorts(Grant.CONNECT, Landlock::connect, builder::connect);
      addPorts(Grant.BIND, Landlock::bind, builder::bind);
      addPorts(Grant.CONNECT_UDP, Landlock::connectUdp, builder::connectUdp);
      addPorts(Grant.BIND_UDP, Landlock::boundUdp, builder::bindUdp);
      first.forEach(
          (denial, place) -> {
            if (!denial.grant.isOfPaths() && !denial.grant.isOfPorts()) {
              String what =
                  denial.grant.toString().isEmpty()
                      ? "an access that no policy can allow"
                      : denial.grant + ", which the policy has under scope";
              warnings.add("denied %s (first at %s)".formatted(what, place));
            }
          });
      if (full) {
        warnings.add("denied more than %d accesses".formatted(first.size()));
      }
      return new Proposal(builder.build(), reasons, warnings);
    }

    /** The objects that were denied a right, with the places; what cannot be added is told. */
    private Map<String, String> denied(Grant grant, UnaryOperator<String> object, Landlock from) {
      boolean restricted =
          switch (grant) {
            case READ, WRITE, EXECUTE -> from.restrictsFiles();
            case CONNECT, BIND -> from.restrictsPorts();
            case CONNECT_UDP, BIND_UDP -> from.restrictsUdp();
            default -> from.connectUnix().isPresent();
          };
      Map<String, String> found = new LinkedHashMap<>();
      first.forEach(
          (denial, place) -> {
            if (denial.grant == grant) {
              String item = object.apply(denial.object);
              if (item.isEmpty() || !restricted) {
                warnings.add(
                    "denied %s of %s (first at %s), which is not added"
                        .formatted(grant, denial.object, place));
              } else {
                found.putIfAbsent(item, place);
              }
            }
          });
      return found;
    }

    private void addPaths(
        Grant grant,
        Function<Landlock, Optional<List<PathRule>>> list,
        Consumer<List<PathRule>> replace) {
      List<PathRule> rules = new ArrayList<>(list.apply(section).orElse(List.of()));
      boolean write = grant == Grant.WRITE;
      denied(grant, path -> place(path, write), section)
          .forEach(
              (path, place) -> {
                if (rules.stream().anyMatch(rule -> PathText.isBelow(path, rule.path()))) {
                  warnings.add(
                      "denied %s of %s (first at %s), which the section allows: a phase or another file denied it, or it is another file now"
                          .formatted(grant, path, place));
                } else {
                  rules.add(new PathRule(path, grant == Grant.CONNECT_UNIX, Position.NONE));
                  reason(grant, grant == Grant.CONNECT_UNIX ? "?" + path : path, place);
                }
              });
      if (!rules.isEmpty()) {
        replace.accept(rules);
      }
    }

    /** The path of a rule; empty if there must be none. */
    private static String place(String path, boolean write) {
      if (!path.startsWith("/")) {
        return "";
      }
      String lasting = PathText.lasting(PathText.normal(path), write);
      return PathText.isNever(lasting) || !PathText.isExpressible(lasting) ? "" : lasting;
    }

    private void addPorts(
        Grant grant, Function<Landlock, Optional<List<Integer>>> list, Consumer<int[]> replace) {
      Optional<List<Integer>> known = list.apply(section);
      List<Integer> ports = new ArrayList<>(known.orElse(List.of()));
      denied(grant, Widening::port, section)
          .forEach(
              (port, place) -> {
                int number = Integer.parseInt(port);
                if (!ports.contains(number)) {
                  ports.add(number);
                  reason(grant, port, place);
                }
              });
      if (!ports.equals(known.orElse(List.of()))) {
        replace.accept(ports.stream().sorted().mapToInt(Integer::intValue).toArray());
      }
    }

    private static String port(String text) {
      return PORT.matcher(text).matches() && Integer.parseInt(text) <= 0xffff ? text : "";
    }

    private void reason(Grant grant, String item, String place) {
      String text = "denied, first at " + place;
      if (grant.isOfPorts()) {
        reasons.merge(grant.toString(), item + ": " + text, (one, other) -> one + "; " + other);
      } else {
        reasons.put(grant + " " + item, text);
      }
    }
  }
}
