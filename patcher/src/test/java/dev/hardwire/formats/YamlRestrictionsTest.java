package dev.hardwire.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ConstantTable;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.KernelDemand;
import dev.hardwire.policy.Landlock;
import dev.hardwire.policy.Limits;
import dev.hardwire.policy.Policy;
import dev.hardwire.policy.PolicyException;
import dev.hardwire.policy.text.YamlPolicyReader;
import dev.hardwire.policy.text.YamlPolicyWriter;
import dev.hardwire.work.PolicyFormats;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code landlock:} and {@code limits:} of the YAML format. */
class YamlRestrictionsTest {
  private static final String START = "version: 1\ndefault: allow\nrules: []\n";
  private static final String WHOLE =
      """
      landlock:
        kernel: {at-least: 3, below: warn}
        read: [/usr, "?/etc/gai.conf", .]
        write: ["/var/lib/x y"]
        execute: [/usr/bin/git]
        connect: [443, 0]
        bind: [8080]
        connect-udp: [53]
        bind-udp: [0]
        connect-unix: [/run/x.sock, "?/run/y"]
        other-sockets: allow
        scope: [signal, abstract-unix-socket]
        log-denials: all
      limits: {core: 0, file-size: 1GiB, open-files: 256, dumpable: false, no-write-execute: true, \
      close-from: 3, keep: [5, 7]}
      """;

  private static Policy read(String text) {
    return YamlPolicyReader.read((START + text).getBytes(StandardCharsets.UTF_8), "p.yaml");
  }

  @Test
  void everyKeyIsRead() {
    Landlock landlock = read(WHOLE).landlock().orElseThrow();
    assertThat(landlock.kernel()).isEqualTo(new KernelDemand(OptionalInt.of(3), true));
    assertThat(landlock.read().orElseThrow())
        .extracting(Object::toString)
        .containsExactly("/usr", "?/etc/gai.conf", ".");
    assertThat(landlock.write().orElseThrow()).hasToString("[/var/lib/x y]");
    assertThat(landlock.execute().orElseThrow()).hasToString("[/usr/bin/git]");
    assertThat(landlock.connect()).contains(List.of(443, 0));
    assertThat(landlock.bind()).contains(List.of(8080));
    assertThat(landlock.connectUdp()).contains(List.of(53));
    assertThat(landlock.bindUdp()).contains(List.of(0));
    assertThat(landlock.connectUnix().orElseThrow()).hasToString("[/run/x.sock, ?/run/y]");
    assertThat(landlock.logDenials()).isEqualTo(Landlock.LogDenials.ALL);
    assertThat(landlock.neededAbi()).isEqualTo(10);
    assertThat(landlock.otherSockets()).isTrue();
    assertThat(landlock.scope()).containsExactlyInAnyOrder(Landlock.Scope.values());
    assertThat(landlock.position()).hasToString("p.yaml:4:1");
    Limits limits = read(WHOLE).limits().orElseThrow();
    assertThat(limits.core()).hasValue(0);
    assertThat(limits.fileSize()).hasValue(1L << 30);
    assertThat(limits.openFiles()).hasValue(256);
    assertThat(limits.dumpable()).isFalse();
    assertThat(limits.noWriteExecute()).isTrue();
    assertThat(limits.closeFrom()).hasValue(3);
    assertThat(limits.keep()).containsExactly(5, 7);
  }

  @Test
  void theShortestSectionsHaveDefaults() {
    Policy policy = read("landlock: {bind: []}\nlimits: {core: 4096}\n");
    Landlock landlock = policy.landlock().orElseThrow();
    assertThat(landlock.kernel()).isEqualTo(KernelDemand.REQUIRE);
    assertThat(landlock.restrictsFiles()).isFalse();
    assertThat(landlock.connect()).isEmpty();
    assertThat(landlock.bind()).contains(List.of());
    assertThat(landlock.otherSockets()).isFalse();
    assertThat(policy.limits().orElseThrow().dumpable()).isTrue();
    assertThat(read("landlock: {read: []}\n").landlock().orElseThrow().otherSockets()).isTrue();
  }

  @Test
  void aPolicyThatAllowsAllCallsNeedsNoRulesBesideThem() {
    String head = "version: 1\ndefault: allow\n";
    for (String section :
        List.of(
            "landlock: {read: [/]}\n",
            "limits: {core: 0}\n",
            "capabilities: {keep: []}\n",
            "seal: true\n")) {
      byte[] text = (head + section).getBytes(StandardCharsets.UTF_8);
      assertThat(YamlPolicyReader.read(text, "p.yaml").rules()).isEmpty();
      byte[] denies = ("version: 1\ndefault: trap\n" + section).getBytes(StandardCharsets.UTF_8);
      assertThatExceptionOfType(PolicyException.class)
          .isThrownBy(() -> YamlPolicyReader.read(denies, "p.yaml"))
          .withMessageContaining("the policy has no \"rules\"; add it");
    }
  }

  @Test
  void aPolicyWithoutThemHasTheSameTextAsBefore() {
    Policy policy = read("");
    assertThat(policy.landlock()).isEmpty();
    assertThat(policy.limits()).isEmpty();
    assertThat(YamlPolicyWriter.write(policy))
        .isEqualTo(
            """
            version: 1
            name: "unnamed"
            default: allow
            rules: []
            no_new_privs: true
            log: false
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        WHOLE,
        "landlock: {read: []}",
        "landlock: {execute: [/], kernel: {at-least: 0}}",
        "landlock: {scope: [signal]}",
        "landlock: {connect-udp: [53]}",
        "landlock: {bind-udp: [], log-denials: none}",
        "landlock: {read: [], quiet: [/a, '?/b c']}",
        "landlock: {connect-unix: [], other-sockets: allow, quiet: [/run]}",
        "landlock: {connect-unix: [], scope: [abstract-unix-socket]}",
        "landlock: {connect-unix: [/x], other-sockets: allow}",
        "landlock: {connect: [], bind: [1], kernel: require}",
        "landlock: {read: [\"/a\\\\b\", '/c\"d', \"/\\u00e4\"]}",
        "limits: {file-size: 3KiB}",
        "limits: {core: 1025, close-from: 0}",
        "limits: {dumpable: false}",
        "seal: true",
        "capabilities: {keep: []}",
        "capabilities: {keep: [CAP_BPF, chown], securebits: [no-cap-ambient-raise, noroot]}",
      })
  void theCanonicalTextIsReadAsTheSamePolicy(String text) {
    Policy policy = read(text);
    String canonical = YamlPolicyWriter.write(policy);
    Policy again = YamlPolicyReader.read(canonical.getBytes(StandardCharsets.UTF_8), "canonical");
    assertThat(again).isEqualTo(policy).hasSameHashCodeAs(policy);
    assertThat(YamlPolicyWriter.write(again)).isEqualTo(canonical);
    assertThat(policy.rulesAlone()).isNotEqualTo(policy);
  }

  @Test
  void capabilitiesHaveTheNamesOfTheKernelWithAndWithoutPrefix() {
    Policy policy = read("capabilities: {keep: [cap_bpf, CHOWN, net_raw], securebits: [noroot]}");
    assertThat(YamlPolicyWriter.write(policy))
        .endsWith("capabilities:\n  keep: [chown, net_raw, bpf]\n  securebits: [noroot]\n");
    ConstantTable constants = ConstantTable.of(Target.X86_64);
    for (Capability capability : Capability.values()) {
      assertThat(constants.value("CAP_" + capability.name())).hasValue(capability.number());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          landlock: {}                                 | 4:1: landlock restricts nothing
          landlock: {kernel: require}                  | 4:1: landlock restricts nothing
          landlock: {reads: [/]}                       | 4:12: unknown key "reads" in landlock; did you mean "read"?
          landlock: {read: /}                          | 4:18: read must be a list, not "/"
          landlock: {read: [usr]}                      | 4:19: a path must be absolute, or "." for the working directory
          landlock: {read: [./x]}                      | 4:19: a path must be absolute
          landlock: {read: [/a/]}                      | 4:19: a path must not end with "/"
          landlock: {read: [/a/../b]}                  | 4:19: a path must not contain
          landlock: {read: [/a//b]}                    | 4:19: a path must not contain
          landlock: {read: [/a/.]}                     | 4:19: a path must not contain
          landlock: {read: ["/a\\u0001"]}              | 4:19: a path must consist of printable characters
          landlock: {read: [/a, /b, /a]}               | 4:27: "/a" is listed twice in read; remove one (first at p.yaml:4:19)
          landlock: {read: [/a, "?/a"]}                | 4:23: "/a" is listed twice in read
          landlock: {write: [/a, "?/b"]}               | 4:24: a path under write cannot be optional; remove the "?"
          landlock: {connect: [65536]}                 | 4:22: a port must be a number from 0 to 65535
          landlock: {connect: [https]}                 | 4:22: a port must be a number, not "https"
          landlock: {bind: [80, 80]}                   | 4:23: "80" is listed twice in bind
          landlock: {read: [/], other-sockets: deny}   | 4:23: other-sockets requires connect or bind
          landlock: {bind: [], other-sockets: no}      | 4:37: other-sockets must be deny or allow
          landlock: {connect-udp: [dns]}               | 4:26: a port must be a number, not "dns"
          landlock: {connect-unix: [x]}                | 4:27: a path must be absolute
          landlock: {connect-unix: [/x]}               | 4:1: connect-unix leaves abstract unix sockets; add "scope: [abstract-unix-socket]", or "other-sockets: allow"
          landlock: {read: [/], log-denials: yes}      | 4:36: log-denials must be none, program or all
          landlock: {log-denials: all}                 | 4:1: landlock restricts nothing
          landlock: {connect: [], quiet: [/a]}         | 4:1: quiet requires read, write, execute or connect-unix
          landlock: {scope: [signals]}                 | 4:20: an item of scope must be signal or abstract-unix-socket
          landlock: {read: [/], kernel: 3}             | 4:31: kernel must be "require" or {at-least: N
          landlock: {read: [/], kernel: {below: warn}} | 4:31: kernel has no "at-least"
          landlock: {read: [/], kernel: {at-least: 11}} | 4:42: at-least must be a number from 0 to 10
          landlock: {read: [/], kernel: {at-least: 3, below: run}} | 4:52: below must be stop or warn
          limits: {}                                   | 4:9: limits is empty
          limits: {core: many}                         | 4:16: core must be a number of bytes
          limits: {core: 1 GiB}                        | 4:16: core must be a number of bytes
          limits: {file-size: 9999999TiB}              | 4:21: file-size must be a number of bytes
          limits: {open-files: -1}                     | 4:22: open-files must be a number
          limits: {dumpable: maybe}                    | 4:20: dumpable must be true or false
          limits: {keep: [3]}                          | 4:10: keep requires close-from
          limits: {close-from: 3, keep: [2]}           | 4:25: keep must list descriptors from close-from on
          limits: {close-from: 3, keep: [5, 4]}        | 4:25: keep must list descriptors from close-from on
          limits: {close-from: 2000000000}             | 4:22: close-from must be a number
          limits: {close-from: 1999999999, keep: []}   | 4:22: close-from must be a number
          seal: maybe                                  | 4:7: seal must be true or false
          capabilities: [chown]                        | 4:15: capabilities must be a mapping, not a list
          capabilities: {}                             | 4:15: capabilities has no "keep"; add it, [] for none
          capabilities: {kept: []}                     | 4:16: unknown key "kept" in capabilities (known: keep, securebits)
          capabilities: {keep: [chwn]}                 | 4:23: unknown capability "chwn"; did you mean "chown"?
          capabilities: {keep: [chown, CAP_CHOWN]}     | 4:30: "chown" is listed twice in keep; remove one (first at p.yaml:4:23)
          capabilities: {keep: [], securebits: [root]} | 4:39: unknown securebit "root"
          capabilities: {keep: [3]}                    | 4:23: an item of keep must be text
          """)
  void mistakesHaveAPlaceAndAReason(String text, String message) {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read(text))
        .withMessageStartingWith("p.yaml:" + message);
  }

  @Test
  void landlockRequiresNoNewPrivs() {
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("no_new_privs: false\nlandlock: {read: [/]}"))
        .withMessage(
            "p.yaml:5:1: landlock requires no_new_privs; remove one of the two"
                + " (first at p.yaml:4:1)");
    assertThatExceptionOfType(PolicyException.class)
        .isThrownBy(() -> read("no_new_privs: false\ncapabilities: {keep: []}"))
        .withMessageStartingWith("p.yaml:5:1: capabilities require no_new_privs; remove one");
    assertThat(read("no_new_privs: false\nlimits: {core: 0}").limits()).isPresent();
  }

  @Test
  void otherFormatsCannotExpressThem() {
    for (PolicyFormat format : PolicyFormats.all()) {
      if (format.toString().equals("yaml")) {
        continue;
      }
      for (String section :
          List.of("landlock: {read: [/]}", "limits: {core: 0}", "capabilities: {keep: []}")) {
        assertThatExceptionOfType(PolicyException.class)
            .isThrownBy(() -> format.write(read(section), Target.X86_64))
            .withMessage("p.yaml:4:1: %s cannot express %s", format, section.replaceAll(":.*", ""));
      }
    }
  }
}
