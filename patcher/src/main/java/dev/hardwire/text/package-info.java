/** Texts in messages: control characters, and the nearest known name. */
package dev.hardwire.text;
