/** Kafel's language. */
package dev.hardwire.formats.kafel;
