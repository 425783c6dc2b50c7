/**
 * Says why a program died of a seccomp filter: which call, from where in the code, which rule of
 * which policy, and what to add to the policy.
 */
package dev.hardwire.why;
