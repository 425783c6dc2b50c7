package dev.hardwire.library;

import dev.hardwire.bytes.ByteWriter;
import dev.hardwire.bytes.Bytes;
import dev.hardwire.policy.ErrorNumber;
import dev.hardwire.seccomp.Architecture;
import dev.hardwire.seccomp.CallGroups;
import dev.hardwire.seccomp.SyscallTable;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The names that the library and the launcher know when they read a policy from the environment, as
 * {@code stub-asm/environment.c} expects them: system calls and groups, then errors.
 *
 * <p>An entry is a byte with the length of the name, the name, 16 bits with the count of numbers,
 * and 16 bits for each, little-endian everywhere. A length of 0 ends a table. Calls that only other
 * architectures have stand there without a number, so that lists may name them.
 */
final class NameTables {
  private final ByteWriter writer = new ByteWriter(ByteOrder.LITTLE_ENDIAN);

  static Bytes of(Architecture architecture) {
    NameTables tables = new NameTables();
    SyscallTable known = SyscallTable.of(architecture);
    Map<String, Collection<Integer>> calls = new TreeMap<>();
    for (String group : CallGroups.names()) {
      TreeSet<Integer> numbers = new TreeSet<>();
      for (String call : CallGroups.calls(group).orElseThrow()) {
        known.number(call).ifPresent(numbers::add);
        calls.putIfAbsent(call, List.of());
      }
      calls.put(group, numbers);
    }
    known.names().forEach(name -> calls.put(name, List.of(known.number(name).getAsInt())));
    tables.table(calls);
    Map<String, Collection<Integer>> errors = new TreeMap<>();
    for (String name : ErrorNumber.names()) {
      errors.put(name, List.of(ErrorNumber.number(name).getAsInt()));
    }
    tables.table(errors);
    return tables.writer.toBytes();
  }

  private void table(Map<String, Collection<Integer>> entries) {
    entries.forEach(
        (name, numbers) -> {
          byte[] text = name.getBytes(StandardCharsets.US_ASCII);
          writer.u8(text.length).bytes(text).u16(numbers.size());
          numbers.forEach(writer::u16);
        });
    writer.u8(0);
  }
}
