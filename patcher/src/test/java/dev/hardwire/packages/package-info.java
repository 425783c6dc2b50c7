/** What the build makes to install, as its users install it. */
package dev.hardwire.packages;
