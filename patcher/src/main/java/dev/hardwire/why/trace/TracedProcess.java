package dev.hardwire.why.trace;

import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.why.DeniedCall;
import dev.hardwire.why.PolicyLayer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is known of a traced process. */
final class TracedProcess {
  final int number;

  /** The file that it executes, as /proc/PID/exe has it, and as reports name it. */
  String executable = "";

  String shown = "";

  /** The policies of the files that it and those before it have executed. */
  final List<PolicyLayer> layers;

  /** A call that may be what it died of, if no filter that is known denies it. */
  Optional<DeniedCall> suspect = Optional.empty();

  /** Whether the reason of its death has been reported. */
  boolean isExplained;

  TracedProcess(int number, List<PolicyLayer> layers) {
    this.number = number;
    this.layers = new ArrayList<>(layers);
  }

  /** A thread, with the call that it is in. */
  static final class Traced {
    final TracedProcess process;

    /** The filters that it was seen to install, or to inherit, if calls are followed. */
    List<Filter> filters;

    Optional<SeccompData> call = Optional.empty();
    Optional<Filter> installing = Optional.empty();

    Traced(TracedProcess process, List<Filter> filters) {
      this.process = process;
      this.filters = filters;
    }
  }

  /** A new process, under the same filters. */
  TracedProcess child(int child) {
    TracedProcess copy = new TracedProcess(child, layers);
    copy.executable = executable;
    copy.shown = shown;
    return copy;
  }
}
