package dev.hardwire.derive.names;

import dev.hardwire.derive.decode.Instruction;
import dev.hardwire.derive.flow.Atom;
import dev.hardwire.derive.link.Callers;
import dev.hardwire.derive.link.Linked;
import dev.hardwire.derive.module.Module;
import dev.hardwire.derive.module.Symbols;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whether a file is libcrypto, and looks up only names of its own: no other file has the names of
 * the functions that lead to what calls dlsym(3), and none of them gets a name from an argument of
 * a function that others call.
 */
final class OwnNames {
  static final String RULE =
      "dso: libcrypto looks up names of its own, since no other file uses its functions for that";

  /** The functions that look up names, and the registers in which they get them. */
  private static final Map<String, Integer> FUNCTIONS =
      Map.of("DSO_bind_func", Instruction.RSI, "DSO_global_lookup", Instruction.RDI);

  /** The one that gives away the table of what they call. */
  private static final String TABLE = "DSO_METHOD_openssl";

  private record Question(int function, Atom name) {}

  private final Linked linked;
  private final Callers callers;
  private final Map<Integer, Boolean> alone = new HashMap<>();

  OwnNames(Callers callers) {
    this.linked = callers.linked();
    this.callers = callers;
  }

  /** Whether only strings of the file itself are names that it looks up. */
  boolean areAll(int module) {
    return alone.computeIfAbsent(module, this::isAlone)
        && FUNCTIONS.entrySet().stream().allMatch(one -> areOwn(module, one));
  }

  private boolean isAlone(int module) {
    Symbols symbols = linked.module(module).symbols();
    if (!FUNCTIONS.keySet().stream().allMatch(symbols::defines)) {
      return false;
    }
    for (int i = 0; i < linked.modules().size(); i++) {
      Module file = linked.module(i);
      if (i != module
          && (file.hasText(TABLE) || FUNCTIONS.keySet().stream().anyMatch(file::hasText))) {
        return false;
      }
    }
    return true;
  }

  /** Whether no caller of a function gets the name from an argument of unknown callers. */
  private boolean areOwn(int module, Map.Entry<String, Integer> function) {
    Symbols symbols = linked.module(module).symbols();
    int id = linked.at(module, symbols.value(symbols.find(function.getKey(), "")));
    return areOwn(
        new Question(id, new Atom(Atom.Base.ARGUMENT, function.getValue(), 0)), new HashSet<>());
  }

  private boolean areOwn(Question question, Set<Question> asked) {
    if (!asked.add(question)) {
      return true;
    }
    for (int caller : callers.of(question.function())) {
      var calls = callers.calls(caller, question.function());
      boolean other = linked.moduleOf(caller) != linked.moduleOf(question.function());
      if (other || calls.isEmpty() || callers.isEnteredInside(caller)) {
        return false;
      }
      for (Callers.Passing call : calls) {
        for (Atom atom : call.value(question.name()).mentioned()) {
          boolean argument = atom.is(Atom.Base.ARGUMENT) || atom.is(Atom.Base.STACK_ARGUMENT);
          if (argument && (callers.isOpen(caller) || !areOwn(new Question(caller, atom), asked))) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
