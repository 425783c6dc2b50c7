/** Programs of Debian packages that stay hard-wired when their packages are upgraded. */
package dev.hardwire.keep;
