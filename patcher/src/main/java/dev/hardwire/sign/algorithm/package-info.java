/** Digests, signature schemes and kinds of keys, and what Bouncy Castle computes with them. */
package dev.hardwire.sign.algorithm;
