/** Follows the processes of a log and counts the calls that a policy is for. */
package dev.hardwire.learn.record;
