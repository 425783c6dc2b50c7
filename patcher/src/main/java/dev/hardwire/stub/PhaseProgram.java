package dev.hardwire.stub;

import dev.hardwire.policy.Phase;

/**
 * What begins a phase.
 *
 * @param phase of a policy
 * @param program installs its filter
 */
public record PhaseProgram(Phase phase, SetupProgram program) {}
