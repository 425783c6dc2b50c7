/**
 * What is shown on a terminal only: colours and progress. Nothing of it goes into pipes and files.
 */
package dev.hardwire.cli.terminal;
