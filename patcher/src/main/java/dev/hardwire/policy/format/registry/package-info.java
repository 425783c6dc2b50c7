/** All formats of policies, by name and by what a file looks like. */
package dev.hardwire.policy.format.registry;
