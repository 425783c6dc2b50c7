/**
 * Arguments of calls: the values that were seen, the conditions that cover them, and what a policy
 * allows.
 */
package dev.hardwire.learn.arguments;
