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
    CHOWN,
    DAC_OVERRIDE,
    DAC_READ_SEARCH,
    FOWNER,
    FSETID,
    KILL,
    SETGID,
    SETUID,
    SETPCAP,
    LINUX_IMMUTABLE,
    NET_BIND_SERVICE,
    NET_BROADCAST,
    NET_ADMIN,
    NET_RAW,
    IPC_LOCK,
    IPC_OWNER,
    SYS_MODULE,
    SYS_RAWIO,
    SYS_CHROOT,
    SYS_PTRACE,
    SYS_PACCT,
    SYS_ADMIN,
    SYS_BOOT,
    SYS_NICE,
    SYS_RESOURCE,
    SYS_TIME,
    SYS_TTY_CONFIG,
    MKNOD,
    LEASE,
    AUDIT_WRITE,
    AUDIT_CONTROL,
    SETFCAP,
    MAC_OVERRIDE,
    MAC_ADMIN,
    SYSLOG,
    WAKE_ALARM,
    BLOCK_SUSPEND,
    AUDIT_READ,
    PERFMON,
    BPF,
    CHECKPOINT_RESTORE;

    private static final String PREFIX = "cap_";

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
