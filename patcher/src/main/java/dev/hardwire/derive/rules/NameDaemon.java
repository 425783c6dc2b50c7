package dev.hardwire.derive.rules;

import dev.hardwire.derive.link.KnownFacts;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Functions;
import dev.hardwire.derive.module.Image;
import dev.hardwire.derive.module.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * What glibc does with a socket that is connected to nscd(8). A system without this daemon has
 * none: connect(2) fails, and glibc closes the socket.
 */
final class NameDaemon {
  private static final String RULE =
      "nscd: the system has no nscd, so glibc asks no daemon for names";

  /** How the path of the socket begins, /var/run/nscd/socket: code copies 16 bytes at once. */
  private static final long[] SOCKET = words("/var/run/nscd/so");

  /** What is done with a connected socket. */
  private static final Set<String> TALKING =
      Set.of("send", "sendto", "poll", "recvmsg", "readv", "recv", "recvfrom");

  private static final Set<Reference> NAMING =
      EnumSet.of(Reference.DATA, Reference.READ, Reference.READ_WIDE);

  /** The function that opens the socket, and those that ask. */
  private static final int OPENING = 2;

  private static final int DEEPEST = 3;

  private final Linked linked;
  private final BitSet clients = new BitSet();
  private final BitSet talking = new BitSet();
  private final AppliedRules applied;

  /**
   * Finds the functions.
   *
   * @param library empty if there is no glibc
   * @param daemon whether the system may have the daemon
   * @param known facts of earlier programs, as all of this is about one library
   */
  NameDaemon(
      Linked linked,
      Optional<GlibcFunctions> library,
      boolean daemon,
      KnownFacts known,
      AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    if (library.isPresent() && !daemon) {
      int first = library.get().id(0);
      known.clients(library.get().module(), () -> find(library.get(), first)).stream()
          .forEach(function -> clients.set(first + function));
      talking.or(library.get().versions(TALKING));
    }
  }

  private static long[] words(String text) {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    return new long[] {bytes.getLong(), bytes.getLong()};
  }

  /** The functions of glibc that are clients of the daemon only, by their indexes. */
  private BitSet find(GlibcFunctions library, int first) {
    BitSet found = new BitSet();
    BitSet named = library.callers(library.versions(Set.of("connect")));
    named.stream().filter(id -> !namesSocket(library, id)).forEach(named::clear);
    found.or(named);
    for (int depth = 0; depth < OPENING && !found.isEmpty(); depth++) {
      found.or(library.callers(found));
    }
    boolean more = !found.isEmpty();
    for (int depth = 0; depth < DEEPEST && more; depth++) {
      BitSet helpers = library.callees(found);
      helpers.andNot(found);
      keepUsed(library, helpers, found);
      found.or(helpers);
      more = !helpers.isEmpty();
    }
    return found.isEmpty() ? found : found.get(first, found.length());
  }

  private boolean namesSocket(GlibcFunctions library, int id) {
    Functions functions = library.module().functions();
    for (long reference : functions.references(linked.functionOf(id))) {
      if (NAMING.contains(Reference.kind(reference))
          && isSocket(library.module().image(), Reference.address(reference))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSocket(Image image, long address) {
    return image.hasBytes(address, 2 * Long.BYTES)
        && image.word(address) == SOCKET[0]
        && image.word(address + Long.BYTES) == SOCKET[1];
  }

  /** Removes functions that others than the client lead to, or data. */
  private void keepUsed(GlibcFunctions library, BitSet helpers, BitSet clients) {
    for (int id : helpers.stream().toArray()) {
      boolean kept = library.module().slots().code(linked.start(id), linked.end(id)).length > 0;
      helpers.set(id, !kept);
    }
    BitSet used =
        library
            .ranges(helpers)
            .usedBeside(f -> clients.get(library.id(f)), library.module().returns());
    used.stream().forEach(f -> helpers.clear(library.id(f)));
  }

  /** Whether a function does not call another one. */
  boolean cut(int from, int to) {
    return applied.add(talking.get(to) && clients.get(from), RULE);
  }

  /** The functions that calls which may be cut begin at. */
  BitSet concerned() {
    return clients;
  }
}
