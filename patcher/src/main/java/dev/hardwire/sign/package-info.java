/**
 * Signatures in CMS (RFC 5652) on Bouncy Castle: the only package that uses it.
 *
 * <p>No class outside names a type of Bouncy Castle, so none of it is loaded unless something is
 * signed or a signature is verified.
 */
package dev.hardwire.sign;
