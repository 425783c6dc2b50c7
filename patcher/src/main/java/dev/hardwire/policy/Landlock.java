package dev.hardwire.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files, ports and processes that a program may use: {@code landlock:}.
 *
 * <p>A list that is not given differs from an empty one. If one of {@code read}, {@code write} and
 * {@code execute} is given, the program may use no other files; if one of the lists of TCP ports is
 * given, it may use no other TCP ports, and so with those of UDP ports. Equality ignores positions.
 *
 * @param kernel what the kernel must offer
 * @param read what may be read: contents of files, names in directories
 * @param write where files may be written, created, removed and renamed; never optional
 * @param execute what may be executed
 * @param connect TCP ports to which connections may be made
 * @param bind TCP ports at which connections may be accepted
 * @param connectUdp UDP ports to which sockets may be connected and datagrams sent
 * @param bindUdp UDP ports at which datagrams may be received
 * @param connectUnix unix sockets with a path, of processes outside, that may be reached
 * @param otherSockets whether sockets remain that no list restricts
 * @param scope what is out of reach outside the program and its children
 * @param logDenials whose denials the kernel logs
 * @param quiet paths at which denials are not logged
 * @param position of the section in the file
 */
public record Landlock(
    KernelDemand kernel,
    Optional<List<PathRule>> read,
    Optional<List<PathRule>> write,
    Optional<List<PathRule>> execute,
    Optional<List<Integer>> connect,
    Optional<List<Integer>> bind,
    Optional<List<Integer>> connectUdp,
    Optional<List<Integer>> bindUdp,
    Optional<List<PathRule>> connectUnix,
    boolean otherSockets,
    Set<Scope> scope,
    LogDenials logDenials,
    List<PathRule> quiet,
    Position position) {
  /** The first version of the ABI that restricts connections to unix sockets with a path. */
  public static final int UNIX = 9;

  /** The first version of the ABI that restricts UDP ports. */
  public static final int UDP = 10;

  /** The first version of the ABI in which a program chooses what the kernel logs. */
  public static final int LOG = 7;

  /** The first version of the ABI in which it chooses paths that are not logged. */
  public static final int QUIET = 10;

  /** The first version of the ABI that restricts signals and abstract unix sockets. */
  public static final int SCOPE = 6;

  private static final int FILES = 5;
  private static final int PORTS = 4;
  private static final int LAST_PORT = 0xffff;

  /** What a process with a scope cannot reach outside it (landlock(7)). */
  public enum Scope {
    /** Processes that it did not start: signals to them are refused. */
    SIGNAL("signal"),
    /** Abstract unix sockets of other processes. */
    ABSTRACT_UNIX_SOCKET("abstract-unix-socket");

    private final String text;

    Scope(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Whose denials the kernel logs, where it has an audit log. */
  public enum LogDenials {
    /** Those of no process. */
    NONE("none"),
    /** Those of the program and its children, until they execute another file. */
    PROGRAM("program"),
    /** Those of programs that it executes, too. */
    ALL("all");

    private final String text;

    LogDenials(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Checks the components.
   *
   * @param kernel see the record
   * @param read see the record
   * @param write see the record
   * @param execute see the record
   * @param connect from 0 to 65535
   * @param bind from 0 to 65535
   * @param connectUdp from 0 to 65535
   * @param bindUdp from 0 to 65535
   * @param connectUnix see the record
   * @param otherSockets see the record
   * @param scope see the record
   * @param logDenials see the record
   * @param quiet see the record
   * @param position see the record
   */
  public Landlock {
    Objects.requireNonNull(kernel);
    Objects.requireNonNull(logDenials);
    Objects.requireNonNull(position);
    read = read.map(List::copyOf);
    write = write.map(List::copyOf);
    execute = execute.map(List::copyOf);
    connect = connect.map(List::copyOf);
    bind = bind.map(List::copyOf);
    connectUdp = connectUdp.map(List::copyOf);
    bindUdp = bindUdp.map(List::copyOf);
    connectUnix = connectUnix.map(List::copyOf);
    scope = Set.copyOf(scope);
    quiet = List.copyOf(quiet);
    if (write.isPresent() && write.get().stream().anyMatch(PathRule::optional)) {
      throw new IllegalArgumentException("a path under write cannot be optional");
    }
    checkPorts(connect);
    checkPorts(bind);
    checkPorts(connectUdp);
    checkPorts(bindUdp);
    boolean sockets = isGiven(connect, bind, connectUdp, bindUdp, connectUnix);
    if (read.isEmpty() && write.isEmpty() && execute.isEmpty() && !sockets && scope.isEmpty()) {
      throw new IllegalArgumentException("landlock restricts nothing");
    }
    boolean paths = isGiven(read, write, execute, connectUnix);
    if (!quiet.isEmpty() && !paths) {
      throw new IllegalArgumentException("quiet requires read, write, execute or connect-unix");
    }
    if (!sockets && !otherSockets) {
      throw new IllegalArgumentException("other-sockets requires connect or bind");
    }
    if (connectUnix.isPresent() && !otherSockets && !scope.contains(Scope.ABSTRACT_UNIX_SOCKET)) {
      throw new IllegalArgumentException(
          "connect-unix leaves abstract unix sockets; add \"scope: [abstract-unix-socket]\", or"
              + " \"other-sockets: allow\"");
    }
  }

  private static boolean isGiven(Optional<?>... lists) {
    for (Optional<?> list : lists) {
      if (list.isPresent()) {
        return true;
      }
    }
    return false;
  }

  private static void checkPorts(Optional<List<Integer>> ports) {
    if (ports.isPresent() && ports.get().stream().anyMatch(port -> port < 0 || port > LAST_PORT)) {
      throw new IllegalArgumentException("a port is outside 0.." + LAST_PORT);
    }
  }

  /**
   * Whether files are restricted.
   *
   * @return whether one of the lists of paths is given
   */
  public boolean restrictsFiles() {
    return read.isPresent() || write.isPresent() || execute.isPresent();
  }

  /**
   * Whether TCP ports are restricted.
   *
   * @return whether one of the lists of TCP ports is given
   */
  public boolean restrictsPorts() {
    return connect.isPresent() || bind.isPresent();
  }

  /**
   * Whether UDP ports are restricted.
   *
   * @return whether one of the lists of UDP ports is given
   */
  public boolean restrictsUdp() {
    return connectUdp.isPresent() || bindUdp.isPresent();
  }

  /**
   * Whether some sockets are restricted.
   *
   * @return whether one of the lists of ports, or that of unix sockets, is given
   */
  public boolean restrictsSockets() {
    return isGiven(connect, bind, connectUdp, bindUdp, connectUnix);
  }

  /**
   * The UDP ports that sockets may have. The kernel gives a port to a socket that is connected or
   * sends without one, so whoever may do that may have any free port (0), unless {@code bind-udp}
   * says something else.
   *
   * @return empty if UDP ports are not restricted
   */
  public Optional<List<Integer>> boundUdp() {
    if (bindUdp.isPresent() || connectUdp.isEmpty()) {
      return bindUdp;
    }
    return Optional.of(connectUdp.get().isEmpty() ? List.of() : List.of(0));
  }

  /**
   * The first version of the Landlock ABI that has every right that is restricted here, and every
   * flag that is set.
   *
   * @return from 4 to 10
   */
  public int neededAbi() {
    int needed = restrictsFiles() ? FILES : PORTS;
    needed = Math.max(needed, scope.isEmpty() ? 0 : SCOPE);
    needed = Math.max(needed, logDenials == LogDenials.PROGRAM ? 0 : LOG);
    needed = Math.max(needed, connectUnix.isPresent() ? UNIX : 0);
    needed = Math.max(needed, quiet.isEmpty() ? 0 : QUIET);
    return Math.max(needed, restrictsUdp() ? UDP : 0);
  }

  /**
   * The first version of the Landlock ABI that enforces something of what is restricted here.
   *
   * @return from 1 to 10
   */
  public int firstAbi() {
    if (restrictsFiles()) {
      return 1;
    }
    if (restrictsPorts()) {
      return PORTS;
    }
    if (!scope.isEmpty()) {
      return SCOPE;
    }
    return connectUnix.isPresent() ? UNIX : UDP;
  }

  /**
   * The version that {@code kernel:} names, or else the one that the policy needs.
   *
   * @return from 0 to {@link KernelDemand#NEWEST}
   */
  public int leastAbi() {
    return kernel.atLeast().orElse(neededAbi());
  }

  /**
   * The version that every kernel has on which the program is started.
   *
   * @return from 0 to {@link KernelDemand#NEWEST}
   */
  public int guaranteedAbi() {
    return kernel.warns() ? 0 : leastAbi();
  }

  /**
   * The same restrictions with another demand on the kernel.
   *
   * @param demand replaces that of this section
   * @return a new section
   */
  public Landlock on(KernelDemand demand) {
    return toBuilder().kernel(demand).build();
  }

  /**
   * Starts a section, as in {@code builder().read("/usr").write("/tmp").connect(443).build()}.
   *
   * @return a builder that restricts nothing yet
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts a section with what is in this one.
   *
   * @return a builder
   */
  public Builder toBuilder() {
    Builder builder = new Builder();
    builder.kernel = kernel;
    read.ifPresent(builder::read);
    write.ifPresent(builder::write);
    execute.ifPresent(builder::execute);
    builder.connect = connect;
    builder.bind = bind;
    builder.connectUdp = connectUdp;
    builder.bindUdp = bindUdp;
    connectUnix.ifPresent(builder::connectUnix);
    builder.otherSockets = Optional.of(otherSockets);
    builder.scope = scope;
    builder.logDenials = logDenials;
    builder.quiet = quiet;
    builder.position = position;
    return builder;
  }

  /** Collects the lists of a section; each method that takes one replaces what was there. */
  public static final class Builder {
    private KernelDemand kernel = KernelDemand.REQUIRE;
    private Optional<List<PathRule>> read = Optional.empty();
    private Optional<List<PathRule>> write = Optional.empty();
    private Optional<List<PathRule>> execute = Optional.empty();
    private Optional<List<Integer>> connect = Optional.empty();
    private Optional<List<Integer>> bind = Optional.empty();
    private Optional<List<Integer>> connectUdp = Optional.empty();
    private Optional<List<Integer>> bindUdp = Optional.empty();
    private Optional<List<PathRule>> connectUnix = Optional.empty();
    private Optional<Boolean> otherSockets = Optional.empty();
    private Set<Scope> scope = Set.of();
    private LogDenials logDenials = LogDenials.PROGRAM;
    private List<PathRule> quiet = List.of();
    private Position position = Position.NONE;

    private Builder() {}

    private static List<PathRule> rules(String... paths) {
      List<PathRule> rules = new ArrayList<>();
      for (String path : paths) {
        boolean isOptional = path.startsWith("?");
        rules.add(new PathRule(isOptional ? path.substring(1) : path, isOptional, Position.NONE));
      }
      return rules;
    }

    private static Optional<List<Integer>> ports(int... ports) {
      return Optional.of(Arrays.stream(ports).boxed().toList());
    }

    /**
     * What the kernel must offer; by default every right that is restricted.
     *
     * @param demand replaces the earlier one
     * @return this
     */
    public Builder kernel(KernelDemand demand) {
      kernel = demand;
      return this;
    }

    /**
     * What may be read.
     *
     * @param paths absolute, or "." for the working directory; after "?" one that may be missing
     * @return this
     */
    public Builder read(String... paths) {
      return read(rules(paths));
    }

    /**
     * What may be read.
     *
     * @param rules the whole list
     * @return this
     */
    public Builder read(List<PathRule> rules) {
      read = Optional.of(rules);
      return this;
    }

    /**
     * Where files may be written, created, removed and renamed.
     *
     * @param paths absolute, or "." for the working directory
     * @return this
     */
    public Builder write(String... paths) {
      return write(rules(paths));
    }

    /**
     * Where files may be written, created, removed and renamed.
     *
     * @param rules the whole list
     * @return this
     */
    public Builder write(List<PathRule> rules) {
      write = Optional.of(rules);
      return this;
    }

    /**
     * What may be executed.
     *
     * @param paths absolute, or "." for the working directory; after "?" one that may be missing
     * @return this
     */
    public Builder execute(String... paths) {
      return execute(rules(paths));
    }

    /**
     * What may be executed.
     *
     * @param rules the whole list
     * @return this
     */
    public Builder execute(List<PathRule> rules) {
      execute = Optional.of(rules);
      return this;
    }

    /**
     * To which TCP ports connections may be made.
     *
     * @param ports none for no port
     * @return this
     */
    public Builder connect(int... ports) {
      connect = ports(ports);
      return this;
    }

    /**
     * At which TCP ports connections may be accepted.
     *
     * @param ports none for no port
     * @return this
     */
    public Builder bind(int... ports) {
      bind = ports(ports);
      return this;
    }

    /**
     * To which UDP ports datagrams may be sent.
     *
     * @param ports none for no port
     * @return this
     */
    public Builder connectUdp(int... ports) {
      connectUdp = ports(ports);
      return this;
    }

    /**
     * At which UDP ports datagrams may be received.
     *
     * @param ports none for no port
     * @return this
     */
    public Builder bindUdp(int... ports) {
      bindUdp = ports(ports);
      return this;
    }

    /**
     * Which unix sockets with a path may be reached.
     *
     * @param paths absolute, or "." for the working directory; after "?" one that may be missing
     * @return this
     */
    public Builder connectUnix(String... paths) {
      return connectUnix(rules(paths));
    }

    /**
     * Which unix sockets with a path may be reached.
     *
     * @param rules the whole list
     * @return this
     */
    public Builder connectUnix(List<PathRule> rules) {
      connectUnix = Optional.of(rules);
      return this;
    }

    /**
     * Whether sockets remain that no list restricts; by default they do not where a list of ports
     * or sockets is given.
     *
     * @param allowed whether they remain
     * @return this
     */
    public Builder otherSockets(boolean allowed) {
      otherSockets = Optional.of(allowed);
      return this;
    }

    /**
     * What is out of reach outside the program and its children.
     *
     * @param scopes replace the earlier ones
     * @return this
     */
    public Builder scope(Scope... scopes) {
      scope = Set.of(scopes);
      return this;
    }

    /**
     * Whose denials the kernel logs; by default those of the program and its children.
     *
     * @param whose replaces the earlier choice
     * @return this
     */
    public Builder logDenials(LogDenials whose) {
      logDenials = whose;
      return this;
    }

    /**
     * At which paths denials are not logged.
     *
     * @param paths absolute, or "." for the working directory; after "?" one that may be missing
     * @return this
     */
    public Builder quiet(String... paths) {
      quiet = rules(paths);
      return this;
    }

    /**
     * The position of the section in a file.
     *
     * @param place by default none
     * @return this
     */
    public Builder position(Position place) {
      position = place;
      return this;
    }

    /**
     * Makes the section.
     *
     * @return the section
     * @throws IllegalArgumentException if it restricts nothing, or a list cannot be as it is; the
     *     message says why
     */
    public Landlock build() {
      boolean sockets = isGiven(connect, bind, connectUdp, bindUdp, connectUnix);
      return new Landlock(
          kernel,
          read,
          write,
          execute,
          connect,
          bind,
          connectUdp,
          bindUdp,
          connectUnix,
          otherSockets.orElse(!sockets),
          scope,
          logDenials,
          quiet,
          position);
    }
  }

  /**
   * What is restricted here and not enforced by a version of the ABI.
   *
   * @param abi the version
   * @return noun phrases, in the order of the versions that enforce them
   */
  public List<String> missingIn(int abi) {
    record Since(int version, boolean restricted, String what) {}

    return List.of(
            new Since(1, restrictsFiles(), "every access to files"),
            new Since(3, restrictsFiles(), "truncating files"),
            new Since(PORTS, restrictsPorts(), "TCP ports"),
            new Since(FILES, restrictsFiles(), "ioctl on devices"),
            new Since(SCOPE, !scope.isEmpty(), "scope"),
            new Since(LOG, logDenials != LogDenials.PROGRAM, "the log of denials"),
            new Since(UNIX, connectUnix.isPresent(), "unix sockets with a path"),
            new Since(UDP, restrictsUdp(), "UDP ports"),
            new Since(QUIET, !quiet.isEmpty(), "paths that are not logged"))
        .stream()
        .filter(since -> since.restricted && since.version > abi)
        .map(Since::what)
        .toList();
  }

  /** What counts for equality: everything but positions. */
  private List<Object> parts() {
    return List.of(
        kernel,
        read,
        write,
        execute,
        connect,
        bind,
        connectUdp,
        bindUdp,
        connectUnix,
        otherSockets,
        scope,
        logDenials,
        quiet);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Landlock that && parts().equals(that.parts());
  }

  @Override
  public int hashCode() {
    return parts().hashCode();
  }

  /**
   * The scope in a fixed order.
   *
   * @return the same set, sorted
   */
  public Set<Scope> sortedScope() {
    return new TreeSet<>(scope);
  }
}
