package dev.hardwire.filter.compile;

import dev.hardwire.arch.Target;
import dev.hardwire.filter.Bpf;
import dev.hardwire.filter.BpfInstruction;
import dev.hardwire.filter.Filter;
import dev.hardwire.filter.SeccompData;
import dev.hardwire.filter.Verdict;

/**
 * Whether the kernel (5.11 and later) keeps a call in its bitmap of calls that are always allowed:
 * a mirror of what {@code seccomp_is_const_allow} of kernel/seccomp.c follows. It knows the number
 * and the architecture, and gives up at any other load and at every operation that is not listed
 * here.
 */
final class ConstantAllow {
  private ConstantAllow() {}

  static boolean isConstantAllow(Filter filter, Target architecture, long nr) {
    long accumulator = 0;
    for (int at = 0; at < filter.size(); at++) {
      BpfInstruction i = filter.instructions().get(at);
      switch (i.code()) {
        case Bpf.LD | Bpf.ABS -> {
          if (i.k() == SeccompData.NR) {
            accumulator = nr;
          } else if (i.k() == SeccompData.ARCH) {
            accumulator = architecture.auditNumber();
          } else {
            return false;
          }
        }
        case Bpf.RET | Bpf.K -> {
          return i.k() == Verdict.ALLOW;
        }
        case Bpf.JMP | Bpf.JA -> at += (int) i.k();
        case Bpf.JMP | Bpf.JEQ | Bpf.K -> at += accumulator == i.k() ? i.jt() : i.jf();
        case Bpf.JMP | Bpf.JGE | Bpf.K -> at += accumulator >= i.k() ? i.jt() : i.jf();
        case Bpf.JMP | Bpf.JGT | Bpf.K -> at += accumulator > i.k() ? i.jt() : i.jf();
        case Bpf.JMP | Bpf.JSET | Bpf.K -> at += (accumulator & i.k()) != 0 ? i.jt() : i.jf();
        case Bpf.ALU | Bpf.AND | Bpf.K -> accumulator &= i.k();
        default -> {
          return false;
        }
      }
    }
    throw new AssertionError("a checked filter ends with a return");
  }
}
