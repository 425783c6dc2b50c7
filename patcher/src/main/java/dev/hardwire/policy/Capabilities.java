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
    CHOWN(0),
    DAC_OVERRIDE(1),
    DAC_READ_SEARCH(2),
    FOWNER(3),
    FSETID(4),
    KILL(5),
    SETGID(6),
    SETUID(7),
    SETPCAP(8),
    LINUX_IMMUTABLE(9),
    NET_BIND_SERVICE(10),
    NET_BROADCAST(11),
    NET_ADMIN(12),
    NET_RAW(13),
    IPC_LOCK(14),
    IPC_OWNER(15),
    SYS_MODULE(16),
    SYS_RAWIO(17),
    SYS_CHROOT(18),
    SYS_PTRACE(19),
    SYS_PACCT(20),
    SYS_ADMIN(21),
    SYS_BOOT(22),
    SYS_NICE(23),
    SYS_RESOURCE(24),
    SYS_TIME(25),
    SYS_TTY_CONFIG(26),
    MKNOD(27),
    LEASE(28),
    AUDIT_WRITE(29),
    AUDIT_CONTROL(30),
    SETFCAP(31),
    MAC_OVERRIDE(32),
    MAC_ADMIN(33),
    SYSLOG(34),
    WAKE_ALARM(35),
    BLOCK_SUSPEND(36),
    AUDIT_READ(37),
    PERFMON(38),
    BPF(39),
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
