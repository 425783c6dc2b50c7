package dev.hardwire.why;

import dev.hardwire.arch.Target;
import dev.hardwire.calls.ArgumentTable;
import dev.hardwire.calls.SyscallTable;
import dev.hardwire.filter.SeccompData;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;

/** Arguments that are addresses of texts that the call reads, such as paths. */
public final class CallTexts {
  /** The kernel's names of such arguments. */
  private static final Set<String> PATHS =
      Set.of(
          "filename",
          "pathname",
          "oldname",
          "newname",
          "specialfile",
          "special",
          "library",
          "path",
          "dev_name",
          "dir_name",
          "new_root",
          "put_old",
          "from_pathname",
          "to_pathname");

  private CallTexts() {}

  /**
   * The texts of a call, by the numbers of its arguments.
   *
   * @param memory the text at an address, if it is there
   */
  public static Map<Integer, String> of(SeccompData call, LongFunction<Optional<String>> memory) {
    Map<Integer, String> texts = new HashMap<>();
    Optional<Target> target = Target.ofAuditNumber(call.arch());
    Optional<String> name = target.flatMap(on -> SyscallTable.of(on).name(call.nr()));
    if (name.isEmpty()) {
      return texts;
    }
    List<ArgumentTable.Argument> arguments =
        ArgumentTable.of(target.get()).arguments(name.get()).orElse(List.of());
    for (int i = 0; i < arguments.size(); i++) {
      ArgumentTable.Argument argument = arguments.get(i);
      long address = call.args().get(i);
      boolean isText =
          argument.type().pointer()
              && (PATHS.contains(argument.name()) || name.get().equals("memfd_create"));
      if (isText && address != 0) {
        int number = i;
        memory.apply(address).ifPresent(text -> texts.put(number, text));
      }
    }
    return texts;
  }
}
