/** Input files: opened once, with the name and the attributes that they then had. */
package dev.hardwire.input;
