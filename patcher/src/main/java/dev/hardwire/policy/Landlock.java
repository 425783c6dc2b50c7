package dev.hardwire.policy;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files, ports and processes that a program may use: {@code landlock:}.
 *
 * <p>A list that is not given differs from an empty one. If one of the lists of paths is given, the
 * program may use no other files; if one of the lists of ports is given, it may use no other ports.
 * Equality ignores positions.
 *
 * @param kernel what the kernel must offer
 * @param read what may be read: contents of files, names in directories
 * @param write where files may be written, created, removed and renamed; never optional
 * @param execute what may be executed
 * @param connect TCP ports to which connections may be made
 * @param bind TCP ports at which connections may be accepted
 * @param otherSockets whether sockets remain for which Landlock has no rights
 * @param scope what is out of reach outside the program and its children
 * @param position of the section in the file
 */
public record Landlock(
    KernelDemand kernel,
    Optional<List<PathRule>> read,
    Optional<List<PathRule>> write,
    Optional<List<PathRule>> execute,
    Optional<List<Integer>> connect,
    Optional<List<Integer>> bind,
    boolean otherSockets,
    Set<Scope> scope,
    Position position) {
  private static final int FILES = 5;
  private static final int PORTS = 4;
  private static final int SCOPE = 6;
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

  /**
   * Checks the components.
   *
   * @param kernel see the record
   * @param read see the record
   * @param write see the record
   * @param execute see the record
   * @param connect from 0 to 65535
   * @param bind from 0 to 65535
   * @param otherSockets see the record
   * @param scope see the record
   * @param position see the record
   */
  public Landlock {
    Objects.requireNonNull(kernel);
    Objects.requireNonNull(position);
    read = read.map(List::copyOf);
    write = write.map(List::copyOf);
    execute = execute.map(List::copyOf);
    connect = connect.map(List::copyOf);
    bind = bind.map(List::copyOf);
    scope = Set.copyOf(scope);
    if (write.isPresent() && write.get().stream().anyMatch(PathRule::optional)) {
      throw new IllegalArgumentException("a path under write cannot be optional");
    }
    checkPorts(connect);
    checkPorts(bind);
    if (read.isEmpty()
        && write.isEmpty()
        && execute.isEmpty()
        && connect.isEmpty()
        && bind.isEmpty()
        && scope.isEmpty()) {
      throw new IllegalArgumentException("landlock restricts nothing");
    }
    if (connect.isEmpty() && bind.isEmpty() && !otherSockets) {
      throw new IllegalArgumentException("other-sockets requires connect or bind");
    }
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
   * @return whether one of the lists of ports is given
   */
  public boolean restrictsPorts() {
    return connect.isPresent() || bind.isPresent();
  }

  /**
   * The first version of the Landlock ABI that has every right that is restricted here.
   *
   * @return from 4 to 6
   */
  public int neededAbi() {
    if (!scope.isEmpty()) {
      return SCOPE;
    }
    return restrictsFiles() ? FILES : PORTS;
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
    return new Landlock(demand, read, write, execute, connect, bind, otherSockets, scope, position);
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
            new Since(SCOPE, !scope.isEmpty(), "scope"))
        .stream()
        .filter(since -> since.restricted && since.version > abi)
        .map(Since::what)
        .toList();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Landlock that
        && kernel.equals(that.kernel)
        && read.equals(that.read)
        && write.equals(that.write)
        && execute.equals(that.execute)
        && connect.equals(that.connect)
        && bind.equals(that.bind)
        && otherSockets == that.otherSockets
        && scope.equals(that.scope);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kernel, read, write, execute, connect, bind, otherSockets, scope);
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
