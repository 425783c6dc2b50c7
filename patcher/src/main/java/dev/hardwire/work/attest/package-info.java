/** Attestations: in-toto statements about patched programs and images, in DSSE envelopes. */
package dev.hardwire.work.attest;
