package dev.hardwire.why;

import dev.hardwire.filter.SeccompData;
import dev.hardwire.why.code.Frame;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A system call that a filter did not let through.
 *
 * @param program the file that the process executed; empty if it is not known
 * @param process its number; 0 if it is not known
 * @param thread its number
 * @param data what the filter saw; without arguments, these are 0
 * @param hasArguments whether the arguments are known
 * @param texts of arguments that point to some, by number
 * @param frames where the call was made, the innermost first
 * @param code what the filter returned, if the kernel said it
 */
public record DeniedCall(
    String program,
    long process,
    long thread,
    Ending ending,
    SeccompData data,
    boolean hasArguments,
    Map<Integer, String> texts,
    List<Frame> frames,
    Optional<Long> code) {
  public DeniedCall {
    texts = Map.copyOf(texts);
    frames = List.copyOf(frames);
  }
}
