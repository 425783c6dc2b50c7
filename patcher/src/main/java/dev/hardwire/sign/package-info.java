/**
 * Signatures in CMS (RFC 5652) on Bouncy Castle: the only package that uses it.
 *
 * <p>No class outside this package uses a type of Bouncy Castle, so its classes are loaded only to
 * sign or to verify a signature.
 */
package dev.hardwire.sign;
