/** The architectures that Hardwire supports, and the facts about each that other packages need. */
package dev.hardwire.arch;
