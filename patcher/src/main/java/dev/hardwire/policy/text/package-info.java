/** Policies as text: the YAML language with positions, presets, manifests, lists of calls. */
package dev.hardwire.policy.text;
