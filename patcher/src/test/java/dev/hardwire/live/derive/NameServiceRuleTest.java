package dev.hardwire.live.derive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.derive.Derivation;
import dev.hardwire.derive.DeriveOptions;
import dev.hardwire.derive.DerivedPolicy;
import dev.hardwire.derive.Deriver;
import dev.hardwire.derive.UnknownAnswer;
import dev.hardwire.testing.Cli;
import dev.hardwire.testing.Derivers;
import dev.hardwire.testing.Gcc;
import dev.hardwire.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which services of glibc run depends on what is looked up. */
@Tag("system")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NameServiceRuleTest {
  private static final String HEADERS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <grp.h>
      #include <netdb.h>
      #include <pwd.h>
      #include <stdio.h>
      """;

  private final Deriver deriver = Derivers.SHARED;

  @TempDir private static Path headers;

  private static List<String> include;

  @TempDir private Path folder;

  @BeforeAll
  static void compileHeaders() throws IOException {
    include = Gcc.header(headers, HEADERS, "-O1", "-w");
  }

  private Path build(String code) throws IOException {
    Path source = folder.resolve("program.c");
    Files.writeString(
        source,
        """
        int main(int argc, char **argv) {
          void *found = 0;
          %s
          printf("%%d\\n", found != 0);
          return 0;
        }
        """
            .formatted(code));
    Path program = folder.resolve("program");
    Gcc.run(include, "-O1", "-w", "-o", program, source);
    return program;
  }

  private Derivation derive(Path program) throws IOException {
    Derivation found = deriver.derive(program, DeriveOptions.PLAIN);
    assertThat(found.unknown()).isEmpty();
    return found;
  }

  /** sendmmsg is what the resolver asks servers with. */
  @ParameterizedTest
  @ValueSource(
      strings = {"found = getpwnam(\"root\");", "found = getgrgid(0);", "found = getpwent();"})
  void lookingUpUsersAsksNoServers(String code) throws IOException {
    Derivation found = derive(build(code));
    assertThat(found.names()).doesNotContain("sendmmsg").contains("openat", "read");
    assertThat(found.rules()).anyMatch(rule -> rule.startsWith("nss: "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "found = gethostbyname(\"localhost\");",
        "found = gethostbyaddr(&argc, 4, 2);",
        "found = getnetbyname(\"loopback\");",
        "getaddrinfo(\"localhost\", 0, 0, (struct addrinfo **) &found);",
        "found = ((void *(*)()) dlsym(RTLD_DEFAULT, \"gethostbyname2\"))(\"localhost\", 2);",
      })
  void lookingUpHostsAsksServers(String code) throws IOException {
    assertThat(derive(build(code)).names()).contains("sendmmsg", "recvfrom", "poll");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "found = getpwnam(\"root\");",
        "found = getgrgid(0);",
        "found = getpwent();",
        "gid_t groups[99]; int count = 99; getgrouplist(\"root\", 0, groups, &count);"
            + " found = count > 0 ? groups : 0;",
        "found = gethostbyname(\"localhost\");",
        "getaddrinfo(\"localhost\", 0, 0, (struct addrinfo **) &found);",
      })
  void confinedProgramsFindNames(String code) throws IOException {
    Path program = build(code);
    Path policy = folder.resolve("policy.yaml");
    Files.writeString(
        policy,
        DerivedPolicy.of(derive(program), "test", new UnknownAnswer.Refuse(), false).text());
    Path wired = folder.resolve("wired");
    Files.deleteIfExists(wired);
    Cli.ok("patch", "--policy", policy, "-o", wired, program);
    assertThat(Programs.run(wired).out()).isEqualTo("1\n");
  }
}
