package dev.hardwire.stub;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.policy.Landlock;
import dev.hardwire.stub.SetupWriter.Skip;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;

/** The steps that add a rule for each TCP port: struct landlock_net_port_attr. */
final class LandlockPorts {
  private static final int RULE_NET_PORT = 2;

  private LandlockPorts() {}

  /**
   * Adds the steps.
   *
   * @param without skips over all of them, which are continued
   * @param mayLack whether the kernel may have no rights for ports, so that the rules are skipped
   */
  static void write(SetupWriter writer, Landlock landlock, List<Skip> without, boolean mayLack) {
    TreeMap<Integer, Long> ports = new TreeMap<>();
    for (int port : landlock.bind().orElse(List.of())) {
      ports.put(port, LandlockRights.BIND_TCP);
    }
    for (int port : landlock.connect().orElse(List.of())) {
      ports.merge(port, LandlockRights.CONNECT_TCP, (one, other) -> one | other);
    }
    List<Skip> past = new ArrayList<>();
    if (mayLack && !ports.isEmpty()) {
      writer.set(writer.compare(LandlockSteps.PORTS, 0), 1);
      past.add(writer.jump());
    }
    ports.forEach(
        (port, rights) -> {
          writer.extend(without, 2);
          writer.extend(past, 2);
          port(writer, port, rights);
        });
    writer.land(past);
  }

  private static void port(SetupWriter writer, int port, long rights) {
    ByteWriter attributes = new ByteWriter(writer.machine().order());
    Argument rule = writer.structure(attributes.u64(rights).u64(port).toBytes());
    writer.add(
        writer.calls().number("landlock_add_rule"),
        OptionalInt.empty(),
        Step.Failure.NON_ZERO,
        writer.message(
            "hardwire: the Landlock rule for port %d failed, %s; the call returned "
                .formatted(port, writer.consequence())),
        new Argument.ScratchWord(LandlockSteps.RULESET),
        SetupWriter.value(RULE_NET_PORT),
        rule);
  }
}
