/** Where a thread is: its registers, the files in its memory, functions and their callers. */
package dev.hardwire.why.code;
