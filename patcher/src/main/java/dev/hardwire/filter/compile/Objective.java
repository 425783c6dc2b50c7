package dev.hardwire.filter.compile;

/** What a search for a tree of tests minimises. */
enum Objective {
  /** The number of instructions, and among filters of one size the mean path of the calls. */
  SIZE,
  /**
   * The mean path of the calls that the policy lists, with priority for those that the kernel
   * cannot cache, and with a small weight for the number of instructions.
   */
  MEAN,
  /**
   * The time that the kernel takes to install the filter at every start of a program: its path
   * through the filter for every call number, and each instruction; and the path of calls whose
   * arguments are tested.
   */
  MIX
}
