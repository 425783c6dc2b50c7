/** Writes reports as pages: HTML with pictures in SVG, one script and one style sheet. */
package dev.hardwire.report.html;
