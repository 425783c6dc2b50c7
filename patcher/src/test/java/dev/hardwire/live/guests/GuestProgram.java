package dev.hardwire.live.guests;

import java.nio.file.Path;
import java.util.List;

/**
 * A program that is patched and then run in a guest.
 *
 * @param kind {@code dynamic}, {@code static} or {@code static-pie}
 * @param built whether it was built from {@code fixtures/guest-programs.txt}: such programs answer
 *     to {@code status}, and call uname(2) in known places
 * @param arguments with which it prints something that does not change, and opens a file
 * @param status arguments with which it prints the line {@code Seccomp:} of its own status; empty
 *     if it cannot
 */
record GuestProgram(
    String architecture,
    String name,
    String kind,
    boolean built,
    Path file,
    List<String> arguments,
    List<String> status) {
  GuestProgram {
    arguments = List.copyOf(arguments);
    status = List.copyOf(status);
  }

  @Override
  public String toString() {
    return architecture + " " + name;
  }
}
