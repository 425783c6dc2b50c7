package dev.hardwire.live.guests;

import static dev.hardwire.testing.SameBytes.sameBytesAs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hardwire.policy.Hook;
import dev.hardwire.testing.Outcome;
import dev.hardwire.testing.Policies;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How programs of one architecture get a policy in a guest: the files for that, and the commands.
 */
final class GuestWays {
  /** Debian's names of the architectures, and those that {@code --arch} takes. */
  private static final Map<String, String> NAMES =
      Map.of(
          "amd64", "x86_64",
          "i386", "i386",
          "arm64", "aarch64",
          "armhf", "arm",
          "riscv64", "riscv64",
          "ppc64el", "ppc64le",
          "s390x", "s390x",
          "loong64", "loongarch64");

  private final String architecture;
  private final GuestFolder guest;
  private final Map<String, List<String>> policies;

  /** Writes the libraries and launchers. */
  GuestWays(String architecture, GuestFolder guest) {
    this.architecture = architecture;
    this.guest = guest;
    this.policies =
        Map.of(
            "allow", Policies.ALLOW_ALL,
            "errno", Policies.UNAME_ERRNO,
            "kills", Policies.UNAME_KILLS,
            "denied", List.of("--policy", guest.file("policy.yaml").toString()));
    write("library", List.of("--require-policy"), library());
    policies.forEach(
        (variant, policy) -> {
          write("library", policy, beside(Way.PRELOAD, variant));
          write("launcher", policy, beside(Way.LAUNCHER, variant));
        });
  }

  private void write(String command, List<String> options, String name) {
    Outcome answer =
        guest.hardwire(command, "--arch", NAMES.get(architecture), options, "-o", guest.file(name));
    assertThat(answer.status()).as("%s: %s", name, answer).isZero();
  }

  /** The ways for a program. */
  List<Way> of(GuestProgram program) {
    return Stream.of(Way.values())
        .filter(guest::has)
        .filter(way -> way.isForStatic() || program.kind().equals("dynamic"))
        .toList();
  }

  private String library() {
    return "libneeded-" + architecture + ".so";
  }

  private String beside(Way way, String variant) {
    return way + "-" + architecture + "." + variant;
  }

  /** Patches a program, if its file is what changes. */
  Outcome patch(GuestProgram program, Way way, String variant, Path out) {
    List<String> how =
        way.hook()
            .map(hook -> List.of("--hook", hook.id()))
            .orElse(List.of("--mode", "needed", "--library", "/t/" + library()));
    return way.isInFile()
        ? guest.hardwire("patch", policies.get(variant), how, "-o", out, program.file())
        : new Outcome(0, "", "");
  }

  /**
   * The words that start a program with a policy: its file is changed, or something stands in
   * front.
   */
  List<String> command(Way way, String variant, String patched, String original) {
    String beside = "/t/" + beside(way, variant);
    return switch (way) {
      case PRELOAD -> List.of("LD_PRELOAD=" + beside, "/t/" + original);
      case LAUNCHER -> List.of(beside, "/t/" + original);
      default -> List.of("+/t/" + patched, "/t/" + original);
    };
  }

  /** Without a choice: init where a dynamic program can have it, else the entry. */
  void checkAutomatic(GuestProgram program, List<GuestCell> cells) {
    boolean init =
        program.kind().equals("dynamic")
            && cells.stream().anyMatch(cell -> cell.way() == Way.INIT && !cell.isRefused());
    Hook hook = init ? Hook.INIT : Hook.ENTRY;
    Path chosen =
        cells.stream()
            .filter(cell -> cell.way() == Way.of(hook))
            .findFirst()
            .orElseThrow()
            .allowed();
    Path out = guest.patched("automatic");
    Outcome answer = guest.hardwire("patch", Policies.ALLOW_ALL, "-o", out, program.file());
    assertThat(answer.status()).as("%s: %s", program, answer).isZero();
    assertThat(out).as("automatic hook of %s", program).has(sameBytesAs(chosen));
    assertThat(out.toFile().delete()).isTrue();
  }
}
