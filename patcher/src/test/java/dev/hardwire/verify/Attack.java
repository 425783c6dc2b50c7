package dev.hardwire.verify;

import dev.hardwire.elf.note.HardwireNotes;
import dev.hardwire.policy.Hook;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * A trick against the verifier.
 *
 * @param name what the attacker does
 * @param fixture the program
 * @param hook null for mode needed
 * @param check the check that has to name it
 * @param change what is done to the file
 * @param claim what is said in the notes; only who forges the patch record can do that
 * @param attackers by whom it is tried
 */
record Attack(
    String name,
    String fixture,
    Hook hook,
    String check,
    Consumer<Forgery> change,
    UnaryOperator<HardwireNotes> claim,
    Set<Attacker> attackers) {

  /** How far somebody goes to hide a trick. */
  enum Attacker {
    /** Changes the file and leaves the notes alone. */
    CLUMSY,
    /** Also writes a patch record with which the true original comes back. */
    SKILLED,
    /** Says that the original was another one, which had the change already. */
    LYING
  }

  static Attack of(String name, String fixture, Hook hook, String check, Consumer<Forgery> change) {
    return new Attack(
        name,
        fixture,
        hook,
        check,
        change,
        UnaryOperator.identity(),
        EnumSet.of(Attacker.CLUMSY, Attacker.SKILLED));
  }

  /** On the usual dynamic program. */
  static Attack of(String name, String check, Consumer<Forgery> change) {
    return of(name, "gcc-pie", Hook.INIT, check, change);
  }

  /** The same, where no claim about the original helps. */
  Attack always() {
    return by(EnumSet.allOf(Attacker.class));
  }

  /** The same with other notes. */
  Attack claiming(UnaryOperator<HardwireNotes> notes) {
    return new Attack(name, fixture, hook, check, change, notes, EnumSet.of(Attacker.SKILLED));
  }

  /** The same, tried by these. */
  Attack by(Set<Attacker> who) {
    return new Attack(name, fixture, hook, check, change, claim, who);
  }

  @Override
  public String toString() {
    return name;
  }
}
