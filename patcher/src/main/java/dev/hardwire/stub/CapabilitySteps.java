package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.Capabilities;
import dev.hardwire.policy.Capabilities.Capability;
import dev.hardwire.policy.Capabilities.SecureBit;
import dev.hardwire.stub.SetupWriter.Skip;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * The steps of {@code capabilities:}: capabilities(7).
 *
 * <p>A process without capabilities skips them: with no_new_privs it cannot get any. For all others
 * the kernel writes the sets into the scratch area, and FUTEX_WAKE_OP, which wakes nobody where
 * nobody waits, clears there what is not kept. So every capability that is kept stays in exactly
 * the sets in which it was. Dropping from the bounding set takes CAP_SETPCAP; a process without it
 * keeps that set, which gives it nothing under no_new_privs.
 */
final class CapabilitySteps {
  /** Effective, permitted and inheritable set, 32 bits of each; then the other 32 bits. */
  static final int SETS = 16;

  static final int PERMITTED = SETS + 4;
  private static final int PERMITTED_HIGH = SETS + 16;
  static final int SECUREBITS = 40;

  /** The securebits before they are changed. */
  private static final int SECUREBITS_BEFORE = 48;

  static final int PR_CAPBSET_DROP = 24;
  static final int PR_GET_SECUREBITS = 27;
  static final int PR_SET_SECUREBITS = 28;
  static final int FUTEX_WAKE_OP_PRIVATE = 5 | 128;
  static final long FUTEX_OP_OR = 2;
  static final long FUTEX_OP_ANDN = 3;
  static final long FUTEX_OP_OPARG_SHIFT = 8;

  private static final long LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;
  private static final int NO_CAPABILITY = 0xffff;
  private static final long NO_PROCESS = 0xffff_ffffL;
  private static final long NO_SECUREBITS = 0x8000_0000L;

  /** The lowest bits of a word that the 12 bits of an operand can have in any combination. */
  private static final int FREE = 11;

  private final SetupWriter writer;
  private final Capabilities capabilities;
  private final int prctl;
  private final int capset;
  private final SetupWriter.Message failed;

  private CapabilitySteps(SetupWriter writer, Capabilities capabilities) {
    this.writer = writer;
    this.capabilities = capabilities;
    this.prctl = writer.number("prctl");
    this.capset = writer.number("capset");
    this.failed =
        writer.message(
            "hardwire: capabilities failed, %s; the call returned "
                .formatted(writer.consequence()));
  }

  static void write(SetupWriter writer, Capabilities capabilities) {
    new CapabilitySteps(writer, capabilities).write();
  }

  private void write() {
    Argument header = header(0);
    Argument sets = new Argument.ScratchPointer(SETS);
    fakes(header, sets);
    add(writer.number("capget"), Step.Failure.NON_ZERO, header, sets);
    List<Skip> some = new ArrayList<>();
    some.add(writer.compare(new Argument.ScratchPointer(PERMITTED), SetupWriter.value(0)));
    some.add(writer.compare(new Argument.ScratchPointer(PERMITTED_HIGH), SetupWriter.value(0)));
    List<Skip> none = new ArrayList<>(List.of(writer.jump()));
    writer.land(some);
    boundingSet();
    secureBits();
    long kept = 0;
    for (Capability capability : capabilities.keep()) {
      kept |= 1L << capability.number();
    }
    for (int set = 0; set < 3; set++) {
      clear(SETS + Integer.BYTES * set, ~(int) kept);
      clear(SETS + Integer.BYTES * (3 + set), ~(int) (kept >>> Integer.SIZE));
    }
    add(capset, Step.Failure.NON_ZERO, header, sets);
    writer.land(none);
  }

  private void add(int number, Step.Failure failure, Argument... given) {
    writer.add(number, failure, failed, given);
  }

  private Argument.DataPointer header(long process) {
    Bytes bytes =
        new ByteWriter(writer.machine().order())
            .u32(LINUX_CAPABILITY_VERSION_3)
            .u32(process)
            .toBytes();
    return writer.structure(bytes);
  }

  /** Calls that the kernel refuses: a filter that fakes all calls of a number fakes these, too. */
  private void fakes(Argument header, Argument sets) {
    probe("capget", header(NO_PROCESS), sets); // without an answer, it would seem to have none
    probe("capset", header(NO_PROCESS), sets);
    probe("prctl", SetupWriter.value(PR_CAPBSET_DROP), SetupWriter.value(NO_CAPABILITY));
    if (!capabilities.securebits().isEmpty()) {
      probe("prctl", SetupWriter.value(PR_SET_SECUREBITS), SetupWriter.value(NO_SECUREBITS));
    }
    // the blob cannot be written to, and the version in it is not 0
    probe("futex", wakeOp(header, FUTEX_OP_ANDN, -1));
    probe("futex", SetupWriter.comparing(header, SetupWriter.value(0)));
  }

  private void probe(String call, Argument... given) {
    writer.probe(writer.number(call), call, given);
  }

  /** A call that fails is the last one: CAP_SETPCAP is missing, or the kernel is older. */
  private void boundingSet() {
    EnumSet<Capability> dropped = EnumSet.allOf(Capability.class);
    dropped.removeAll(capabilities.keep());
    List<Skip> rest = new ArrayList<>();
    int left = dropped.size();
    for (Capability capability : dropped) {
      left--;
      int drop =
          writer.add(
              prctl,
              left == 0 ? Step.Failure.NEVER : Step.Failure.ERROR,
              writer.noMessage(),
              SetupWriter.value(PR_CAPBSET_DROP),
              SetupWriter.value(capability.number()));
      if (left > 0) {
        rest.add(new Skip(drop, false));
      }
    }
    writer.land(rest);
  }

  /** Nothing is set if all bits are set already: that would take CAP_SETPCAP once more. */
  private void secureBits() {
    int mask = 0;
    for (SecureBit bit : capabilities.securebits()) {
      mask |= bit.mask();
    }
    if (mask == 0) {
      return;
    }
    int wordSize = writer.machine().elfClass().wordSize();
    int low = writer.machine().order() == ByteOrder.BIG_ENDIAN ? wordSize - Integer.BYTES : 0;
    Argument place = new Argument.ScratchPointer(SECUREBITS + low);
    writer.add(
        prctl,
        writer.word(SECUREBITS),
        Step.Failure.ERROR,
        failed,
        SetupWriter.value(PR_GET_SECUREBITS));
    writer.store(new Step.Word(new Argument.ScratchWord(SECUREBITS), SECUREBITS_BEFORE));
    add(writer.number("futex"), Step.Failure.ERROR, wakeOp(place, FUTEX_OP_OR, mask));
    List<Skip> differs =
        new ArrayList<>(
            List.of(writer.compare(place, new Argument.ScratchWord(SECUREBITS_BEFORE))));
    List<Skip> same = new ArrayList<>(List.of(writer.jump()));
    writer.land(differs);
    writer.call(
        prctl,
        "securebits",
        Step.Failure.NON_ZERO,
        SetupWriter.value(PR_SET_SECUREBITS),
        new Argument.ScratchWord(SECUREBITS));
    writer.land(same);
  }

  /**
   * Clears bits of a word. An operand has 12 bits, the highest of which stands for all from there
   * on; it can also be the number of a bit.
   */
  private void clear(int place, int bits) {
    int low = bits & ((1 << FREE) - 1);
    int high = bits >>> FREE << FREE;
    Argument word = new Argument.ScratchPointer(place);
    if (high == -(1 << FREE)) {
      clear(word, FUTEX_OP_ANDN, low | high);
      return;
    }
    if (low != 0) {
      clear(word, FUTEX_OP_ANDN, low);
    }
    for (int bit = FREE; bit < Integer.SIZE; bit++) {
      if ((high >>> bit & 1) != 0) {
        clear(word, FUTEX_OP_ANDN | FUTEX_OP_OPARG_SHIFT, bit);
      }
    }
  }

  private void clear(Argument word, long operation, int operand) {
    add(writer.number("futex"), Step.Failure.ERROR, wakeOp(word, operation, operand));
  }

  /** The arguments that change a word: *word = *word OPERATION operand. */
  private static Argument[] wakeOp(Argument word, long operation, int operand) {
    return new Argument[] {
      word,
      SetupWriter.value(FUTEX_WAKE_OP_PRIVATE),
      SetupWriter.value(0),
      SetupWriter.value(0),
      word,
      SetupWriter.value((operation << 28) | ((operand & 0xfffL) << 12))
    };
  }
}
