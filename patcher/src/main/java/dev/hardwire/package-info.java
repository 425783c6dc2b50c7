/**
 * Hardwire as a library. Start at {@link dev.hardwire.Hardwire}; policies are of the package {@link
 * dev.hardwire.policy}.
 *
 * <p>All types may be used by several threads. Tasks, credentials and policies are immutable. Paths
 * are those of the default file system. Output files appear complete or not at all. Failures are of
 * three kinds:
 *
 * <ul>
 *   <li>{@link java.io.IOException}: a file cannot be read or written;
 *   <li>{@link dev.hardwire.policy.PolicyException}: a policy is not valid;
 *   <li>{@link dev.hardwire.HardwireException}: a file, a key or an output is refused.
 * </ul>
 */
package dev.hardwire;
