package dev.hardwire.stub.library;

import dev.hardwire.arch.Target;
import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.calls.CallGroups;
import dev.hardwire.calls.Multiplexer;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.policy.ErrorNumber;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The names that the library and the launcher accept in a policy from the environment, in the form
 * that {@code stub-asm/environment.c} expects: system calls and groups, then errors.
 *
 * <p>An entry is a byte with the length of the name, the name, 16 bits with the count of indices,
 * and 16 bits for each, little-endian everywhere. A length of 0 ends a table. Calls that only other
 * architectures have are included without an index, so that lists may name them. {@code
 * stub-asm/hardwire.h} defines the indices of calls; the index of an error is its number.
 */
final class NameTables {
  private static final int PRIVATE_INDEX = 1008;
  private static final int PRIVATE_NUMBER = 0xf0000;
  private static final int NUMBERS = 1024;
  private static final int OPERATIONS = 32;
  private static final Map<String, Integer> PASSING =
      Map.of("socketcall", NUMBERS, "ipc", NUMBERS + OPERATIONS);

  private final ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN);
  private final Target architecture;

  private NameTables(Target architecture) {
    this.architecture = architecture;
  }

  static Bytes of(Target architecture) {
    NameTables tables = new NameTables(architecture);
    tables.table(tables.calls());
    Map<String, Collection<Integer>> errors = new TreeMap<>();
    for (String name : ErrorNumber.names()) {
      errors.put(name, List.of(ErrorNumber.number(name).getAsInt()));
    }
    tables.table(errors);
    return tables.writer.toBytes();
  }

  private Map<String, Collection<Integer>> calls() {
    Map<String, Collection<Integer>> calls = new TreeMap<>();
    for (String group : CallGroups.names()) {
      Set<String> members = CallGroups.calls(group).orElseThrow();
      TreeSet<Integer> indices = new TreeSet<>();
      Multiplexer.members(members, architecture).forEach(call -> indices.addAll(indices(call)));
      calls.put(group, indices);
      members.forEach(call -> calls.putIfAbsent(call, List.of()));
    }
    Multiplexer.reachable(architecture).forEach(call -> calls.put(call, indices(call)));
    return calls;
  }

  /** All ways to make a call. */
  private Collection<Integer> indices(String call) {
    TreeSet<Integer> indices = new TreeSet<>();
    SyscallTable.of(architecture).number(call).ifPresent(number -> indices.add(index(number)));
    Multiplexer.of(architecture, call)
        .ifPresent(m -> indices.add(PASSING.get(m.call()) + (int) m.operation()));
    return indices;
  }

  private static int index(int number) {
    int index = number < PRIVATE_NUMBER ? number : number - PRIVATE_NUMBER + PRIVATE_INDEX;
    if (index >= NUMBERS || index >= PRIVATE_INDEX - 1 != number >= PRIVATE_NUMBER) {
      throw new IllegalStateException("no index for the system call " + number);
    }
    return index;
  }

  private void table(Map<String, Collection<Integer>> entries) {
    entries.forEach(
        (name, indices) -> {
          byte[] text = name.getBytes(StandardCharsets.US_ASCII);
          writer.u8(text.length).bytes(text).u16(indices.size());
          indices.forEach(writer::u16);
        });
    writer.u8(0);
  }
}
