package dev.hardwire.learn.record;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Verdict;
import dev.hardwire.learn.log.KernelLine;
import dev.hardwire.learn.log.Place;
import dev.hardwire.learn.paths.PathText;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Counts the records of the kernel. */
public final class KernelLog {
  /** AUDIT_ARCH_ values of include/uapi/linux/audit.h that no {@link Target} has, for messages. */
  private static final Map<Long, String> OTHERS =
      Map.of(
          0x80000015L, "ppc64",
          0x00000014L, "ppc",
          0x80000008L, "mips64",
          0xc0000008L, "mipsel64",
          0x00000008L, "mips",
          0x40000008L, "mipsel");

  private static final long X32 = 0x4000_0000L;

  private final Recorder recorder;
  private final Map<String, Boolean> seen = new LandlockRecords.Bounded<>();

  private final LandlockRecords landlock = new LandlockRecords(this::denied);
  private boolean used;

  public KernelLog(Recorder recorder) {
    this.recorder = recorder;
  }

  /** Whether any record was counted. */
  public boolean isUsed() {
    return used;
  }

  public void accept(KernelLine line, Place place) {
    if (line instanceof KernelLine.Violation violation) {
      violation(violation, place);
    } else if (line instanceof KernelLine.Landlock found) {
      landlock.accept(found, place);
    } else if (line instanceof KernelLine.Loss loss) {
      recorder.findings.lost(place, loss.count());
    }
  }

  public void finish() {
    landlock.finish();
  }

  /** An access that Landlock denied to the program whose rules they are. */
  private void denied(LandlockRecords.Access access, Place place) {
    OptionalInt pid = recorder.options.pid();
    boolean same = pid.isEmpty() || access.process() == pid.getAsInt();
    if (same && recorder.options.matches(access.executable())) {
      recorder.findings.executable(access.executable());
      recorder
          .denials()
          .add(access.blockers(), PathText.decoded(access.object()), place.toString());
    } else if (access.executable().isEmpty()) {
      recorder.findings.unknownDomain(place);
    } else {
      recorder.others++;
    }
  }

  private void violation(KernelLine.Violation violation, Place place) {
    Optional<Long> arch = number(violation, "arch", 16);
    Optional<Long> call = number(violation, "syscall", 10);
    if (arch.isEmpty() || call.isEmpty()) {
      recorder.findings.unparsable(place);
      return;
    }
    String exe = violation.text("exe").orElse("");
    if (!isSelected(violation, exe)) {
      recorder.others++;
      return;
    }
    if (!violation.id().isEmpty() && seen.put(violation.id(), true) != null) {
      return;
    }
    Target wanted = recorder.options.architecture();
    if (arch.get() != wanted.auditNumber()) {
      String name =
          Target.ofAuditNumber(arch.get())
              .map(Target::id)
              .orElse(OTHERS.getOrDefault(arch.get(), "an unknown architecture"));
      recorder.otherArchitecture(name + " (arch=" + Long.toHexString(arch.get()) + ")", place);
    } else if (wanted == Target.X86_64 && call.get() >= X32 && call.get() < 2 * X32) {
      recorder.otherArchitecture("x32", place);
    } else {
      count(violation, call.get(), exe, place);
    }
  }

  private void count(KernelLine.Violation violation, long number, String exe, Place place) {
    Optional<String> name = recorder.known("syscall_0x" + Long.toHexString(number));
    if (number < 0 || name.isEmpty()) {
      recorder.findings.unknownCall(Long.toString(number), place);
      return;
    }
    recorder.findings.executable(exe);
    used = true;
    recorder.countRecord(name.get(), place);
    number(violation, "code", 16)
        .filter(code -> code <= 0xffff_ffffL)
        .map(Verdict::new)
        .filter(verdict -> verdict.action() != Verdict.LOG && verdict.action() != Verdict.ALLOW)
        .ifPresent(verdict -> recorder.findings.denied(verdict.toString(), place));
  }

  private boolean isSelected(KernelLine.Violation violation, String exe) {
    OptionalInt pid = recorder.options.pid();
    boolean same =
        pid.isEmpty()
            || number(violation, "pid", 10).filter(found -> found == pid.getAsInt()).isPresent();
    return same && recorder.options.matches(exe);
  }

  /** A field's number; empty if it is missing or not a number that the kernel writes. */
  static Optional<Long> number(KernelLine.Violation violation, String field, int radix) {
    String value = violation.fields().getOrDefault(field, "");
    String digits = radix == 16 && value.startsWith("0x") ? value.substring(2) : value;
    if (!digits.matches(radix == 16 ? "[0-9a-f]{1,15}" : "-?[0-9]{1,18}")) {
      return Optional.empty();
    }
    return Optional.of(Long.parseLong(digits, radix));
  }
}
