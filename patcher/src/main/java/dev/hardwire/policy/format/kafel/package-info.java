/** Kafel's language. */
package dev.hardwire.policy.format.kafel;
