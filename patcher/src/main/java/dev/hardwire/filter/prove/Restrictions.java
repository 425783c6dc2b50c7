package dev.hardwire.filter.prove;

import dev.hardwire.filter.resolve.PhaseRules;
import dev.hardwire.filter.resolve.ResolvedPolicy;
import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.PathRule;
import dev.hardwire.policy.Phase;
import dev.hardwire.policy.Policy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What policies restrict beside system calls, compared.
 *
 * <p>Paths are compared as text, as the policies have them: links and mounts are not followed.
 */
public final class Restrictions {
  /** Links of the kernel and of every system that lead out of their folders. */
  private static final Pattern LINKS =
      Pattern.compile(
          "(/proc/(self|thread-self|[0-9]+)(/task/[0-9]+)?/(root|cwd|exe|fd|map_files)"
              + "|/dev/(fd|stdin|stdout|stderr)|/var/run|/var/lock)(/.*)?");

  /** The order of {@link #certain}. */
  private static final List<String> CERTAIN =
      List.of("files", "ports", "unix-sockets", "scope", "limits", "capabilities", "phases");

  private Restrictions() {}

  /**
   * What policies restrict in every run: {@code files}, {@code ports}, {@code unix-sockets} and
   * {@code scope} by Landlock, {@code limits}, {@code capabilities}, and {@code phases} that deny
   * calls. A policy that lets the program run on kernels without Landlock restricts nothing by it
   * for certain.
   */
  static List<String> certain(List<ResolvedPolicy> policies) {
    Set<String> found = new HashSet<>();
    for (ResolvedPolicy resolved : policies) {
      Policy policy = resolved.policy();
      Optional<Landlock> landlock = policy.landlock().filter(one -> !one.kernel().warns());
      if (landlock.isPresent()) {
        addIf(landlock.get().restrictsFiles(), "files", found);
        addIf(landlock.get().restrictsPorts() || landlock.get().restrictsUdp(), "ports", found);
        addIf(landlock.get().connectUnix().isPresent(), "unix-sockets", found);
        addIf(!landlock.get().scope().isEmpty(), "scope", found);
      }
      addIf(policy.limits().isPresent(), "limits", found);
      addIf(policy.capabilities().isPresent(), "capabilities", found);
      for (Phase phase : policy.phases()) {
        ResolvedPolicy later =
            ResolvedPolicy.of(PhaseRules.policy(policy, phase), resolved.architecture());
        addIf(!Confinement.isEmpty(later), "phases", found);
      }
    }
    List<String> sorted = new ArrayList<>(CERTAIN);
    sorted.retainAll(found);
    return sorted;
  }

  private static void addIf(boolean restricts, String what, Set<String> found) {
    if (restricts) {
      found.add(what);
    }
  }

  /** One of the lists of paths of a policy. */
  public enum Access {
    READ,
    WRITE,
    EXECUTE,
    CONNECT_UNIX;

    public Optional<List<PathRule>> of(Landlock landlock) {
      return switch (this) {
        case READ -> landlock.read();
        case WRITE -> landlock.write();
        case EXECUTE -> landlock.execute();
        case CONNECT_UNIX -> landlock.connectUnix();
      };
    }

    /** Whether a policy lists everything that may be used in this way. */
    public boolean isRestricted(Policy policy) {
      return policy
          .landlock()
          .filter(
              landlock ->
                  this == CONNECT_UNIX
                      ? landlock.connectUnix().isPresent()
                      : landlock.restrictsFiles())
          .isPresent();
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** One of the lists of ports of a policy. */
  public enum Ports {
    CONNECT("connect", "TCP"),
    BIND("bind", "TCP"),
    CONNECT_UDP("connect", "UDP"),
    BIND_UDP("bind", "UDP");

    private final String verb;
    private final String protocol;

    Ports(String verb, String protocol) {
      this.verb = verb;
      this.protocol = protocol;
    }

    /** The ports of a policy; empty if such ports are not restricted. */
    public Optional<Set<Integer>> of(Policy policy) {
      return policy
          .landlock()
          .filter(
              landlock ->
                  protocol.equals("UDP") ? landlock.restrictsUdp() : landlock.restrictsPorts())
          .map(
              landlock ->
                  switch (this) {
                    case CONNECT -> landlock.connect();
                    case BIND -> landlock.bind();
                    case CONNECT_UDP -> landlock.connectUdp();
                    case BIND_UDP -> landlock.boundUdp();
                  })
          .map(ports -> new TreeSet<>(ports.orElse(List.of())));
    }

    /** A verb and the protocol, such as {@code connect TCP}. */
    public String text() {
      return verb + " " + protocol;
    }

    /** The key in a policy. */
    @Override
    public String toString() {
      return protocol.equals("UDP") ? verb + "-udp" : verb;
    }
  }

  /** The rules of a policy that allow an access to a path; empty if it is not restricted. */
  public static Optional<List<PathRule>> allowing(Policy policy, Access access, String path) {
    return policy
        .landlock()
        .filter(landlock -> access.isRestricted(policy))
        .map(
            landlock ->
                access.of(landlock).orElse(List.of()).stream()
                    .filter(rule -> rule.covers(path))
                    .toList());
  }

  private static boolean allows(Policy policy, Access access, String path) {
    return allowing(policy, access, path).map(rules -> !rules.isEmpty()).orElse(true);
  }

  private static boolean isNamed(Policy policy, Access access, String path) {
    return paths(policy, access).contains(path);
  }

  /** Whether a path is a link of the kernel, which does not lead to what is below its folder. */
  private static boolean leadsElsewhere(String path) {
    return LINKS.matcher(path).matches();
  }

  static Set<String> paths(Policy policy, Access access) {
    Set<String> paths = new TreeSet<>();
    policy
        .landlock()
        .flatMap(access::of)
        .ifPresent(rules -> rules.forEach(rule -> paths.add(rule.path())));
    return paths;
  }

  static Set<Landlock.Scope> scope(Policy policy) {
    return policy.landlock().map(Landlock::sortedScope).orElse(Set.of());
  }

  /**
   * What policies that all apply leave free although a bound restricts it.
   *
   * @param policies of the patches of one file; one of them within the bound is enough, unless
   *     another one raises a limit
   * @param bound what a file may do at most
   * @return a noun phrase; empty if there is nothing
   */
  public static Optional<String> exceeding(List<Policy> policies, Policy bound) {
    if (bound.noNewPrivs() && policies.stream().noneMatch(Policy::noNewPrivs)) {
      return Optional.of("programs that get more privileges when they are executed");
    }
    for (Policy policy : policies) {
      Optional<String> raised = raised(policy, bound);
      if (raised.isPresent()) {
        return raised;
      }
    }
    Optional<String> first = Optional.empty();
    for (Policy policy : policies) {
      Optional<String> excess = exceeding(policy, bound);
      if (excess.isEmpty()) {
        return excess;
      }
      first = first.or(() -> excess);
    }
    return first;
  }

  private static Optional<String> exceeding(Policy policy, Policy bound) {
    return Stream.of(
            files(policy, bound),
            network(policy, bound),
            limits(policy, bound),
            capabilities(policy, bound),
            Optional.of("code whose memory is not sealed")
                .filter(o -> bound.seal() && !policy.seal()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> files(Policy policy, Policy bound) {
    for (Access access : Access.values()) {
      if (!access.isRestricted(bound)) {
        continue;
      }
      if (!access.isRestricted(policy)) {
        return Optional.of(
            (access == Access.CONNECT_UNIX ? "unix sockets" : "files")
                + " that the policy does not restrict");
      }
      for (String path : paths(policy, access)) {
        if (!allows(bound, access, path)
            || (leadsElsewhere(path)
                && !allows(bound, access, "/")
                && !isNamed(bound, access, path))) {
          return Optional.of("to " + access + " " + path);
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> network(Policy policy, Policy bound) {
    for (Ports ports : Ports.values()) {
      Optional<Set<Integer>> most = ports.of(bound);
      Optional<Set<Integer>> given = ports.of(policy);
      boolean udp = ports == Ports.CONNECT_UDP || ports == Ports.BIND_UDP;
      if (most.isPresent() && given.isEmpty()) {
        return Optional.of((udp ? "UDP " : "") + "ports that the policy does not restrict");
      }
      if (most.isPresent() && !most.get().containsAll(given.get())) {
        Set<Integer> more = new TreeSet<>(given.get());
        more.removeAll(most.get());
        return Optional.of("to " + ports + " to port " + more.iterator().next());
      }
    }
    if (!scope(policy).containsAll(scope(bound))) {
      Set<Landlock.Scope> missing = new TreeSet<>(scope(bound));
      missing.removeAll(scope(policy));
      return Optional.of("what scope " + missing.iterator().next() + " refuses");
    }
    int least = bound.landlock().map(Landlock::guaranteedAbi).orElse(0);
    return policy.landlock().map(Landlock::guaranteedAbi).orElse(0) < least
        ? Optional.of("to start on a kernel without ABI " + least + " of Landlock")
        : Optional.empty();
  }

  static final List<String> NUMBERS = List.of("core", "file-size", "open-files");

  /** The limit of a name among {@link #NUMBERS}. */
  static OptionalLong number(Policy policy, int index) {
    return policy
        .limits()
        .map(limits -> List.of(limits.core(), limits.fileSize(), limits.openFiles()).get(index))
        .orElse(OptionalLong.empty());
  }

  static boolean isDumpable(Policy policy) {
    return policy.limits().map(Limits::dumpable).orElse(true);
  }

  static boolean mayGainExecute(Policy policy) {
    return !policy.limits().map(Limits::noWriteExecute).orElse(false);
  }

  static OptionalInt closeFrom(Policy policy) {
    return policy.limits().map(Limits::closeFrom).orElse(OptionalInt.empty());
  }

  static List<Integer> kept(Policy policy) {
    return policy.limits().map(Limits::keep).orElse(List.of());
  }

  /** A limit that is set, to more than the bound has. */
  private static Optional<String> raised(Policy policy, Policy bound) {
    for (int i = 0; i < NUMBERS.size(); i++) {
      OptionalLong most = number(bound, i);
      OptionalLong set = number(policy, i);
      if (most.isPresent() && set.isPresent() && set.getAsLong() > most.getAsLong()) {
        return Optional.of(NUMBERS.get(i) + " up to " + set.getAsLong());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> limits(Policy policy, Policy bound) {
    for (int i = 0; i < NUMBERS.size(); i++) {
      if (number(bound, i).isPresent() && number(policy, i).isEmpty()) {
        return Optional.of(NUMBERS.get(i) + " without a limit");
      }
    }
    if (!isDumpable(bound) && isDumpable(policy)) {
      return Optional.of("to be dumpable");
    }
    if (!mayGainExecute(bound) && mayGainExecute(policy)) {
      return Optional.of("writable memory that becomes executable");
    }
    return descriptors(policy, bound);
  }

  private static Optional<String> capabilities(Policy policy, Policy bound) {
    if (bound.capabilities().isEmpty()) {
      return Optional.empty();
    }
    if (policy.capabilities().isEmpty()) {
      return Optional.of("capabilities that the policy does not restrict");
    }
    Capabilities most = bound.capabilities().get();
    Capabilities given = policy.capabilities().get();
    for (Capability capability : given.keep()) {
      if (!most.keep().contains(capability)) {
        return Optional.of("capability " + capability);
      }
    }
    for (SecureBit bit : most.securebits()) {
      if (!given.securebits().contains(bit)) {
        return Optional.of("what securebit " + bit + " refuses");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> descriptors(Policy policy, Policy bound) {
    if (closeFrom(bound).isEmpty()) {
      return Optional.empty();
    }
    if (closeFrom(policy).isEmpty()) {
      return Optional.of("descriptors without a limit");
    }
    int from = closeFrom(bound).getAsInt();
    for (int open = from; open < closeFrom(policy).getAsInt(); open++) {
      if (!kept(bound).contains(open)) {
        return Optional.of("descriptor " + open);
      }
    }
    for (int open : kept(policy)) {
      if (open >= from && !kept(bound).contains(open)) {
        return Optional.of("descriptor " + open);
      }
    }
    return Optional.empty();
  }
}
