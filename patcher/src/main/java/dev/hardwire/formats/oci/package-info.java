/**
 * Seccomp profiles in OCI's JSON, as Docker uses it, and Kubernetes' resources that contain them.
 */
package dev.hardwire.formats.oci;
