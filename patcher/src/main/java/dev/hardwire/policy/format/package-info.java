/** Readers and writers of policies, one pair for each file format. */
package dev.hardwire.policy.format;
