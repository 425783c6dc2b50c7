/** The assembled stubs and the setup programs that they run. */
package dev.hardwire.stub;
