/** The sandbox library, the launcher, and policies from the environment. */
package dev.hardwire.live.library;
