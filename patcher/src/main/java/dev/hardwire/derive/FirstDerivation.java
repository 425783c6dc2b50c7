package dev.hardwire.derive;

import java.util.Optional;

/**
 * What a program can do that runs under its policy from the first instruction on.
 *
 * @param start from the first instruction on
 * @param main after the constructors of its libraries; empty if no phase can begin at {@code main}
 */
public record FirstDerivation(Derivation start, Optional<Derivation> main) {}
