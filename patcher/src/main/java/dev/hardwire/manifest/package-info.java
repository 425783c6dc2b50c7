/** Manifests: which files of a tree or an archive get which policy, as tasks of the library. */
package dev.hardwire.manifest;
