package dev.hardwire.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.Optional;

/**
 * Receives the kernel's audit records from its multicast group, as they are made, beside an audit
 * daemon or without one (netlink(7), capability CAP_AUDIT_READ).
 */
public final class AuditRecords implements Closeable {
  /** What the kernel recorded. */
  public sealed interface Message {}

  /**
   * A record.
   *
   * @param type such as 1326, AUDIT_SECCOMP
   * @param text as audit logs have it, beginning with {@code audit(}
   */
  public record Entry(int type, String text) implements Message {}

  /** Records were dropped, because they were not received fast enough. */
  public record Dropped() implements Message {}

  private static final String NAME = "the kernel's audit records";
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int NETLINK_AUDIT = 9;
  private static final int AUDIT_NLGRP_READLOG = 1;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int MSG_DONTWAIT = 0x40;

  /** Some ten thousand records, in bytes. */
  private static final int BUFFER = 1 << 25;

  /** Longer than MAX_AUDIT_MESSAGE_LENGTH of the kernel. */
  private static final int LONGEST = 1 << 14;

  private static final int HEADER = 16;
  private static final int ADDRESS = 12;

  private final int socket;
  private final ByteBuffer memory = Kernel.allocate(LONGEST);
  private boolean closed;

  private AuditRecords(int socket) {
    this.socket = socket;
  }

  /**
   * Begins to receive.
   *
   * @throws FileSystemException if the kernel has no audit records, or this process may not read
   *     them
   */
  public static AuditRecords open() throws IOException {
    Kernel.require(NAME);
    long socket =
        Kernel.call(SystemCall.SOCKET, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
    if (socket < 0) {
      throw new FileSystemException(
          NAME, null, "not available: the kernel was built without them (CONFIG_AUDIT)");
    }
    AuditRecords records = new AuditRecords((int) socket);
    ByteBuffer value = Kernel.allocate(Integer.BYTES).putInt(0, BUFFER);
    // Without CAP_NET_ADMIN the buffer stays small, and losses are noticed.
    Kernel.call(
        SystemCall.SETSOCKOPT,
        socket,
        SOL_SOCKET,
        SO_RCVBUFFORCE,
        Kernel.address(value),
        Integer.BYTES);
    ByteBuffer address = Kernel.allocate(ADDRESS);
    address.putShort(0, (short) AF_NETLINK).putInt(8, 1 << (AUDIT_NLGRP_READLOG - 1));
    long result = Kernel.call(SystemCall.BIND, socket, Kernel.address(address), ADDRESS);
    if (result < 0) {
      records.close();
      boolean denied = result == -HostError.EPERM;
      throw new FileSystemException(
          NAME,
          null,
          denied
              ? "may not be read; run as root, or with CAP_AUDIT_READ"
              : HostError.text((int) -result));
    }
    return records;
  }

  /** The next message; empty if there is none at the moment. */
  public Optional<Message> poll() throws IOException {
    long length =
        Kernel.call(
            SystemCall.RECVFROM, socket, Kernel.address(memory), LONGEST, MSG_DONTWAIT, 0, 0);
    if (length == -HostError.EAGAIN || length == -HostError.EINTR) {
      return Optional.empty();
    } else if (length == -HostError.ENOBUFS) {
      return Optional.of(new Dropped());
    }
    HostError.check(length, NAME);
    if (length < HEADER) {
      return Optional.of(new Dropped());
    }
    byte[] text = new byte[(int) length - HEADER];
    memory.get(HEADER, text);
    int end = text.length;
    while (end > 0 && text[end - 1] == 0) {
      end--;
    }
    int type = memory.getShort(Integer.BYTES) & 0xffff;
    return Optional.of(new Entry(type, new String(text, 0, end, StandardCharsets.ISO_8859_1)));
  }

  @Override
  public synchronized void close() throws IOException {
    if (!closed) {
      closed = true;
      Kernel.call(SystemCall.CLOSE, socket, 0, 0);
    }
  }
}
