/** What a report says, without how it is written. */
package dev.hardwire.report.model;
