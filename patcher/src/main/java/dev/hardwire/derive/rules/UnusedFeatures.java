package dev.hardwire.derive.rules;

import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.link.ReachableCode;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Symbols;
import dev.hardwire.elf.DynamicTag;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What some libraries do only for files that use certain functions of theirs, which are found by
 * their names.
 */
final class UnusedFeatures {
  /**
   * Something that a library can do.
   *
   * @param library how the name begins by which others need it
   * @param text the rule
   * @param without what the library does not call
   * @param names it may do so if another file uses one of these
   */
  private record Feature(String library, String text, Set<String> without, List<String> names) {}

  private static final List<Feature> FEATURES =
      List.of(
          new Feature(
              "libssl.so.",
              "quic: libssl makes no sockets for QUIC, since no other file uses"
                  + " OSSL_QUIC_client_method or OSSL_QUIC_server_method",
              Set.of("BIO_s_datagram", "socketpair"),
              List.of(
                  "OSSL_QUIC_client_method",
                  "OSSL_QUIC_client_thread_method",
                  "OSSL_QUIC_server_method")),
          new Feature(
              "libssl.so.",
              "quic-threads: libssl starts no threads, since no other file uses"
                  + " OSSL_QUIC_client_thread_method",
              Set.of("pthread_create"),
              List.of("OSSL_QUIC_client_thread_method")),
          new Feature(
              "libcrypto.so.",
              "crypto-threads: libcrypto starts no threads, since no other file uses"
                  + " OSSL_set_max_threads",
              Set.of("pthread_create"),
              List.of("OSSL_set_max_threads")),
          new Feature(
              "libzstd.so.",
              "zstd-threads: libzstd starts no threads, since no other file uses"
                  + " ZSTD_CCtx_setParameter or other functions that ask for them",
              Set.of("pthread_create"),
              List.of(
                  "ZSTD_CCtx_setParameter",
                  "ZSTD_CCtxParams_setParameter",
                  "ZSTD_createThreadPool",
                  "ZDICT_optimizeTrainFromBuffer_cover",
                  "ZDICT_optimizeTrainFromBuffer_fastCover",
                  "ZSTDMT_createCCtx",
                  "ZSTDMT_createCCtx_advanced")));

  private static final Set<String> NAMES =
      FEATURES.stream()
          .flatMap(feature -> feature.names().stream())
          .collect(Collectors.toUnmodifiableSet());

  /**
   * A feature that no other file uses.
   *
   * @param module the library
   * @param callees what it does not call
   * @param users its functions with the names
   */
  private record Case(int module, String text, BitSet callees, BitSet users) {}

  private final Linked linked;
  private final List<Case> cases = new ArrayList<>();
  private final AppliedRules applied;

  /** Finds the libraries. */
  UnusedFeatures(Linked linked, AppliedRules applied) {
    this.applied = applied;
    this.linked = linked;
    List<Set<String>> used = new ArrayList<>();
    for (int i = 1; i < linked.modules().size(); i++) {
      Module file = linked.module(i);
      List<String> names = linked.isPlugin(i) ? List.of() : file.strings(DynamicTag.SONAME);
      for (Feature feature : FEATURES) {
        if (names.stream().anyMatch(name -> name.startsWith(feature.library()))) {
          if (used.isEmpty()) {
            linked.modules().forEach(module -> used.add(names(module)));
          }
          find(i, feature, used);
        }
      }
    }
  }

  private static Set<String> names(Module file) {
    return NAMES.stream().filter(file.symbols()::has).collect(Collectors.toSet());
  }

  /**
   * Finds the functions.
   *
   * @param used the names that each file has
   */
  private void find(int module, Feature feature, List<Set<String>> used) {
    Symbols symbols = linked.module(module).symbols();
    boolean usedByOthers = false;
    for (int i = 0; i < used.size(); i++) {
      usedByOthers |= i != module && !Collections.disjoint(used.get(i), feature.names());
    }
    if (!symbols.defines(feature.names().get(0)) || usedByOthers) {
      return;
    }
    BitSet users = new BitSet();
    for (String name : feature.names()) {
      for (int symbol : symbols.all(name)) {
        int id = linked.at(module, symbols.value(symbol));
        if (id >= 0) {
          users.set(id);
        }
      }
    }
    BitSet callees = new Imports(linked, module, feature.without()).bound();
    cases.add(new Case(module, feature.text(), callees, users));
  }

  /** Whether a function does not call another one. */
  boolean cut(int from, int to) {
    for (Case one : cases) {
      boolean isUnused = one.callees().get(to) && linked.moduleOf(from) == one.module();
      if (applied.add(isUnused, one.text())) {
        return true;
      }
    }
    return false;
  }

  /** The functions that calls which may be cut lead to. */
  BitSet concerned() {
    BitSet found = new BitSet();
    cases.forEach(one -> found.or(one.callees()));
    return found;
  }

  /** Takes back what does not hold, since functions are found by name; whether there was any. */
  boolean revise(ReachableCode reach) {
    List<Case> wrong =
        cases.stream().filter(one -> one.users().stream().anyMatch(reach::isTaken)).toList();
    wrong.forEach(one -> applied.remove(one.text()));
    return cases.removeAll(wrong);
  }
}
