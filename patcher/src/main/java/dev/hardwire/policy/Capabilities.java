package dev.hardwire.policy;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The capabilities that a program keeps: {@code capabilities:}. It loses all others in every set,
 * also those that this release does not know.
 *
 * <p>Equality ignores the position.
 *
 * @param keep what stays in the sets in which it is
 * @param securebits what is set and locked, beside what is set already
 * @param position of the section in the file
 */
public record Capabilities(Set<Capability> keep, Set<SecureBit> securebits, Position position) {
  /** The capabilities of Linux, in the order of their numbers (linux/capability.h). */
  public enum Capability {
    /** Changes owners of files. */
    CHOWN(0),
    /** Passes over the permissions of files. */
    DAC_OVERRIDE(1),
    /** Passes over the permissions to read files and to search directories. */
    DAC_READ_SEARCH(2),
    /** Does with files of others what only their owner may. */
    FOWNER(3),
    /** Keeps setuid and setgid bits of files that it changes. */
    FSETID(4),
    /** Sends signals to processes of others. */
    KILL(5),
    /** Changes groups. */
    SETGID(6),
    /** Changes users. */
    SETUID(7),
    /** Changes its own bounding set, inheritable set and securebits. */
    SETPCAP(8),
    /** Sets the flags for files that cannot be changed. */
    LINUX_IMMUTABLE(9),
    /** Binds sockets to ports below 1024. */
    NET_BIND_SERVICE(10),
    /** Sends to all hosts; the kernel does not ask for it. */
    NET_BROADCAST(11),
    /** Configures networks. */
    NET_ADMIN(12),
    /** Makes raw and packet sockets. */
    NET_RAW(13),
    /** Locks memory. */
    IPC_LOCK(14),
    /** Passes over the permissions of System V objects. */
    IPC_OWNER(15),
    /** Loads and removes kernel modules. */
    SYS_MODULE(16),
    /** Reaches devices past the kernel. */
    SYS_RAWIO(17),
    /** Changes its root, and enters mount namespaces. */
    SYS_CHROOT(18),
    /** Controls processes of others. */
    SYS_PTRACE(19),
    /** Switches process accounting on and off. */
    SYS_PACCT(20),
    /** Administers the system: mounts, namespaces and much else. */
    SYS_ADMIN(21),
    /** Stops the machine, and loads another kernel. */
    SYS_BOOT(22),
    /** Raises priorities. */
    SYS_NICE(23),
    /** Passes over limits of resources. */
    SYS_RESOURCE(24),
    /** Sets clocks. */
    SYS_TIME(25),
    /** Configures terminals. */
    SYS_TTY_CONFIG(26),
    /** Makes special files. */
    MKNOD(27),
    /** Takes leases on files of others. */
    LEASE(28),
    /** Writes records to the audit log. */
    AUDIT_WRITE(29),
    /** Configures the audit log. */
    AUDIT_CONTROL(30),
    /** Gives capabilities to files. */
    SETFCAP(31),
    /** Passes over mandatory access control (Smack). */
    MAC_OVERRIDE(32),
    /** Configures mandatory access control (Smack). */
    MAC_ADMIN(33),
    /** Reads and clears the kernel's log. */
    SYSLOG(34),
    /** Sets timers that wake the machine. */
    WAKE_ALARM(35),
    /** Keeps the machine from being suspended. */
    BLOCK_SUSPEND(36),
    /** Reads the audit log by a multicast socket. */
    AUDIT_READ(37),
    /** Observes performance by perf_event_open(2) and BPF. */
    PERFMON(38),
    /** Loads BPF programs and makes maps. */
    BPF(39),
    /** Restores processes with their numbers. */
    CHECKPOINT_RESTORE(40);

    private static final String PREFIX = "cap_";

    private final int number;

    Capability(int number) {
      this.number = number;
    }

    /**
     * The number in {@code linux/capability.h}.
     *
     * @return from 0 to 40
     */
    public int number() {
      return number;
    }

    /**
     * The capability of a number.
     *
     * @param number in {@code linux/capability.h}
     * @return empty for one that this release does not know
     */
    public static Optional<Capability> numbered(long number) {
      for (Capability capability : values()) {
        if (capability.number == number) {
          return Optional.of(capability);
        }
      }
      return Optional.empty();
    }

    /**
     * The capability of a name.
     *
     * @param name with or without {@code cap_}, in small or capital letters
     * @return empty for another text
     */
    public static Optional<Capability> named(String name) {
      String small = name.toLowerCase(Locale.ROOT);
      String text = small.startsWith(PREFIX) ? small.substring(PREFIX.length()) : small;
      for (Capability capability : values()) {
        if (capability.toString().equals(text)) {
          return Optional.of(capability);
        }
      }
      return Optional.empty();
    }

    /**
     * The name in a policy.
     *
     * @return in small letters, without {@code cap_}
     */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a thread can give up in its treatment of root, for good (linux/securebits.h). */
  public enum SecureBit {
    /** Programs that it executes get no capabilities for being run by root. */
    NOROOT("noroot", 0),
    /** It cannot raise ambient capabilities. */
    NO_CAP_AMBIENT_RAISE("no-cap-ambient-raise", 6);

    private final String text;
    private final int number;

    SecureBit(String text, int number) {
      this.text = text;
      this.number = number;
    }

    /**
     * The bit, and the one behind it that locks it.
     *
     * @return two bits
     */
    public int mask() {
      return 3 << number;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * Checks the components.
   *
   * @param keep see the record
   * @param securebits see the record
   * @param position of the section in the file
   */
  public Capabilities {
    keep = sorted(keep, Capability.class);
    securebits = sorted(securebits, SecureBit.class);
    Objects.requireNonNull(position);
  }

  private static <E extends Enum<E>> Set<E> sorted(Set<E> set, Class<E> type) {
    EnumSet<E> copy = EnumSet.noneOf(type);
    copy.addAll(set);
    return Collections.unmodifiableSet(copy);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Capabilities that
        && keep.equals(that.keep)
        && securebits.equals(that.securebits);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keep, securebits);
  }
}
