package dev.hardwire.derive.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.Deriver;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What OpenSSL's libraries and libzstd do only for files that use certain functions of theirs. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnusedFeaturesTest {
  private static final String LIBRARY =
      """
      #include <pthread.h>
      #include <sys/socket.h>
      static pthread_t thread;
      static int pair[2];
      static void *run(void *nothing) { return nothing; }
      int %s(int level) { return level; }
      void OSSL_QUIC_server_method(void) {}
      int works(int how) {
        if (how == 1) pthread_create(&thread, 0, run, 0);
        return how == 2 ? socketpair(AF_UNIX, SOCK_STREAM, 0, pair) : 0;
      }
      """;

  private static final String USES =
      """
      #include <dlfcn.h>
      #include <stdio.h>
      int works(int);
      int OSSL_set_max_threads();
      int OSSL_QUIC_client_method();
      int OSSL_QUIC_client_thread_method();
      int OSSL_QUIC_server_method();
      int ZSTD_CCtx_setParameter();
      int main(int argc, char **argv) {
        %s;
      }
      """;

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private Path folder;

  private Path compile(String name, String code, Object... options) throws IOException {
    Path source = folder.resolve("source.c");
    Files.writeString(source, code);
    Path made = folder.resolve(name);
    List<Object> command = new ArrayList<>(List.of("-O1", "-w", "-o", made, source));
    command.addAll(Arrays.asList(options));
    Gcc.run(command);
    return made;
  }

  private Derivation derive(String soname, String function, String uses, Object... options)
      throws IOException {
    Path library =
        compile(soname, LIBRARY.formatted(function), "-shared", "-fPIC", "-Wl,-soname," + soname);
    List<Object> all = new ArrayList<>(List.of("-Wl,-rpath," + folder, library));
    all.addAll(Arrays.asList(options));
    Path program = compile("program", USES.formatted(uses), all.toArray());
    return deriver.derive(program, DeriveOptions.PLAIN);
  }

  @ParameterizedTest
  @CsvSource({
    "libcrypto.so.3, OSSL_set_max_threads, crypto-threads",
    "libssl.so.3, OSSL_QUIC_client_thread_method, quic-threads",
    "libzstd.so.1, ZSTD_CCtx_setParameter, zstd-threads",
  })
  void librariesStartNoThreadsThatNobodyAsksFor(String soname, String function, String rule)
      throws IOException {
    Derivation found = derive(soname, function, "works(argc)");
    assertThat(found.names()).doesNotContain("clone3", "rseq");
    assertThat(found.rules()).anyMatch(text -> text.startsWith(rule + ": "));
    Derivation asks = derive(soname, function, "works(%s(argc))".formatted(function));
    assertThat(asks.names()).contains("clone3", "rseq");
    assertThat(asks.rules()).noneMatch(text -> text.startsWith(rule + ": "));
  }

  @Test
  void socketsOfQuicAreMadeForItsMethods() throws IOException {
    Derivation found = derive("libssl.so.3", "OSSL_QUIC_client_method", "works(argc)");
    assertThat(found.names()).contains("clone3").doesNotContain("socketpair");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("quic: "));
    for (String method : List.of("OSSL_QUIC_client_method", "OSSL_QUIC_server_method")) {
      String uses = method + "(works(argc))";
      assertThat(derive("libssl.so.3", "OSSL_QUIC_client_method", uses).names())
          .contains("socketpair");
    }
  }

  /** Another file may have the name in its table, or find the function by it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "works(argc); void *p = OSSL_set_max_threads; return p == argv",
        "works(argc); return dlsym(0, \"OSSL_set_max_threads\") != 0",
        "works(argc); return dlsym(0, argv[puts(\"OSSL_set_max_threads\")]) != 0",
      })
  void otherWaysToAskCount(String uses) throws IOException {
    assertThat(derive("libcrypto.so.3", "OSSL_set_max_threads", uses).names()).contains("clone3");
  }

  /** Another library that needs the first may ask. */
  @Test
  void othersThanTheProgramMayAsk() throws IOException {
    derive("libcrypto.so.3", "OSSL_set_max_threads", "works(argc)");
    Path library = folder.resolve("libcrypto.so.3");
    String asks = "int OSSL_set_max_threads(); int asks(void) { return OSSL_set_max_threads(4); }";
    Path other = compile("libasks.so", asks, "-shared", "-fPIC", library);
    assertThat(
            derive(
                    "libcrypto.so.3",
                    "OSSL_set_max_threads",
                    "works(argc)",
                    "-Wl,--no-as-needed",
                    other)
                .names())
        .contains("clone3");
  }

  /** Other libraries may have functions with such names, and threads for other work. */
  @ParameterizedTest
  @CsvSource({
    "libother.so.3, OSSL_set_max_threads",
    "libcrypto.so.3, OSSL_set_threads",
    "libcrypto.so.3, ZSTD_CCtx_setParameter",
  })
  void otherLibrariesStartThreads(String soname, String function) throws IOException {
    assertThat(derive(soname, function, "works(argc)").names()).contains("clone3");
  }

  /** Of a library that is loaded later, everything may be called. */
  @Test
  void loadedLibrariesStartThreads() throws IOException {
    derive("libcrypto.so.3", "OSSL_set_max_threads", "works(argc)");
    Path program = compile("loads", "int main(void) { return 0; }");
    List<Path> libraries = List.of(folder.resolve("libcrypto.so.3"));
    assertThat(deriver.derive(program, new DeriveOptions(libraries, List.of(), false)).names())
        .contains("clone3");
  }
}
