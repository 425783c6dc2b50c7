/** Runs programs under ptrace(2) until they end, and sees which calls filters deny. */
package dev.hardwire.why.trace;
