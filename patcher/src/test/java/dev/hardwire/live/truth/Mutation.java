package dev.hardwire.live.truth;

/** One way to change a file, in places and to values that the draft's chance decides. */
@FunctionalInterface
interface Mutation {
  void apply(Draft draft);
}
