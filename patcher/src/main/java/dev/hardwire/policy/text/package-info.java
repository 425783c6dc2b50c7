/** Texts in messages about policies: control characters, and the nearest known name. */
package dev.hardwire.policy.text;
