/** Programs of packages that stay hard-wired when their packages are upgraded. */
package dev.hardwire.keep;
