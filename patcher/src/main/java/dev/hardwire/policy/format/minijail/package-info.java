/** Minijail's policies and their expressions. */
package dev.hardwire.policy.format.minijail;
