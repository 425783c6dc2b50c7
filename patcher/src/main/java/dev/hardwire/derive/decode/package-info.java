/**
 * Decodes x86-64 instructions: their lengths, the flow of control, and the few that move constants
 * and addresses (Intel SDM, volume 2).
 */
package dev.hardwire.derive.decode;
