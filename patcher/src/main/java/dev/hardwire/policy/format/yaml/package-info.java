/** Hardwire's own language, YAML documents with places, presets, and manifests. */
package dev.hardwire.policy.format.yaml;
