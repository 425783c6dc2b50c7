/** Commands that start programs or write files that confine other programs. */
package dev.hardwire.cli.run;
