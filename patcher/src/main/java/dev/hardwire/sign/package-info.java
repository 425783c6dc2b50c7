/**
 * Signatures in CMS (RFC 5652) on Bouncy Castle: this package and those in it are the only ones
 * that use it.
 *
 * <p>No class outside them uses a type of Bouncy Castle, so its classes are loaded only to sign or
 * to verify a signature.
 */
package dev.hardwire.sign;
