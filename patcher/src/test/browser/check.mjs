// Reads reports in Chromium as people do. ReportBrowserTest makes the reports and judges the answers.
//
// usage: node check.mjs DIRECTORY access|access-all|behaviour PROGRAMS
//
// The directory has the reports of the test, and calls.json: the calls to follow in each of them. many.html has PROGRAMS or more. Prints a line for each check; answers.json gets what the pages say.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const [, , directory, part, programs] = process.argv;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const failures = [];

const check = (name, passed, found) => {
  console.log(`${passed ? "ok" : "FAIL"} ${name}${found === undefined ? "" : `: ${JSON.stringify(found)}`}`);
  if (!passed) {
    failures.push(name);
  }
};

const finish = async () => {
  await browser.close();
  console.log(`${failures.length} failed`);
  process.exit(failures.length ? 1 : 0);
};

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox"], // the tests run as root
});

/* Opens a page and notes everything that it must not do. */
const open = async (file, { dark = false, fragment = "", bypass = false, width = 1280 } = {}) => {
  const page = await browser.newPage();
  await page.bringToFront();
  const noises = [];
  const url = pathToFileURL(`${directory}/${file}`).href;
  page.on("console", (message) => noises.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => noises.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => noises.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("request", (request) => request.url().split("#")[0] === url || noises.push(`loads ${request.url()}`));
  await page.evaluateOnNewDocument(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
      window.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  if (bypass) {
    await page.setBypassCSP(true); // for what the checker of accessibility adds to the page
  }
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
  await page.goto(url + fragment, { waitUntil: "load" });
  return { page, noises };
};

const settled = (page) =>
  page.evaluate(() => new Promise((done) => setTimeout(done, 300)));

const quiet = async (name, { page, noises }) => {
  const violations = await page.evaluate(() => window.violations);
  check(`${name} loads nothing, prints nothing, violates nothing`, noises.length + violations.length === 0, [
    ...noises,
    ...violations,
  ]);
};

/* Takes out rows that look like two before them in the same list: axe compares each element with all others. */
const shorten = (page) =>
  page.evaluate(() => {
    const same = [];
    for (const list of document.querySelectorAll("tbody, ul, ol, .tree, pre, dl")) {
      const seen = new Map();
      for (const row of list.children) {
        const look = row.outerHTML
          .replace(/>[^<]*/g, ">")
          .replace(/ (id|href|title|aria-[a-z]+|data-[a-z]+|for|value)="[^"]*"/g, "");
        const count = (seen.get(look) ?? 0) + 1;
        seen.set(look, count);
        if (count > 2) {
          same.push(row);
        }
      }
    }
    same.forEach((row) => row.remove());
  });

/* Accessibility: nothing serious, in light and in dark, where only colours differ. */
const colours = { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
const pages = ["one.html", "some.html", "image.html", "phased.html", "directory/index.html", "directory/program-1.html"];
const sample = ["one.html, dark", "some.html, light", "image.html, dark", "directory/index.html, dark"];
for (const file of part.startsWith("access") ? pages : []) {
  for (const dark of file.startsWith("directory") ? [true] : [false, true]) {
    if (part === "access" && !sample.includes(`${file}, ${dark ? "dark" : "light"}`)) {
      continue;
    }
    const { page } = await open(file, { dark, bypass: true });
    if (/^(some|image)/.test(file)) {
      await page.evaluate(() => document.querySelectorAll("#table tbody td:first-child a").forEach((link) => link.click()));
      await settled(page);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
      await settled(page);
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    } else if (await page.$("#call")) {
      await page.type("#call", "execve");
      await page.click("#go");
      await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    }
    await page.screenshot({ path: `${directory}/${file.replace(/\W+/g, "-")}-${dark ? "dark" : "light"}.png` });
    await shorten(page);
    await page.evaluate(axe);
    const rules = dark && !file.startsWith("directory") && part !== "access" ? colours : {};
    const found = await page.evaluate(async (some) => (await window.axe.run(some)).violations, rules);
    const serious = found.filter((one) => ["serious", "critical"].includes(one.impact));
    check(
      `axe finds nothing serious in ${file}, ${dark ? "dark" : "light"}`,
      serious.length === 0,
      found.map((one) => [one.impact, one.id, one.nodes[0].html.slice(0, 200), one.nodes.length]),
    );
    await page.close();
  }
}

/* The pictures of docs/report.md. */
for (const state of part.startsWith("access") ? ["changed", "not-hard-wired", "unsigned", "confined"] : []) {
  const { page } = await open(`state-${state}.html`, { width: 960 });
  await page.setViewport({ width: 960, height: 760 });
  await page.screenshot({ path: `${directory}/state-${state}.png` });
  await page.close();
}

if (part.startsWith("access")) {
  await finish();
}

/* Following calls. */
const answers = {};
for (const [file, calls] of Object.entries(JSON.parse(readFileSync(`${directory}/calls.json`, "utf8")))) {
  const opened = await open(file);
  const { page } = opened;
  answers[file] = await page.evaluate((all) => {
    return all.map((call) => {
      document.getElementById("call").value = call;
      document.getElementById("go").click();
      const marked = document.querySelectorAll(".tree .on").length;
      const steps = document.querySelectorAll("#way ol li").length;
      const way = document.getElementById("way");
      const answer = way.querySelector(".answer");
      return answer ? { text: answer.textContent, marked, steps } : { problem: way.textContent, marked };
    });
  }, calls);
  await quiet(file, opened);
  await page.close();
}
writeFileSync(`${directory}/answers.json`, JSON.stringify(answers));

/* By keyboard alone. */
{
  const { page } = await open("one.html");
  await page.focus("#call");
  await page.keyboard.type("execve");
  await page.keyboard.press("Enter");
  const shown = await page.$eval("#way", (way) => way.textContent);
  check("a call is followed by the keyboard", shown.startsWith("execve: kill-process"), shown.slice(0, 60));
  const visible = await page.$eval(".tree .on:last-child .verdict", (leaf) => leaf.checkVisibility());
  check("the way is visible", visible);
  await page.close();
}

/* Phases. */
{
  const { page } = await open("phased.html");
  await page.type("#call", "connect");
  await page.click("#go");
  const shown = await page.$$eval("#way p", (lines) => lines.map((line) => line.textContent));
  check(
    "phases are followed, too",
    shown[0].startsWith("connect: allow (") && shown[1].includes('in the phase "</script> work": kill-process ('),
    shown,
  );
  await page.close();
}

/* No page is wider than the screen of a telephone, also with everything opened. */
for (const file of ["one.html", "some.html", "many.html", "image.html", "phased.html", "directory/index.html"]) {
  const { page } = await open(file, { width: 360 });
  await page.evaluate(() => {
    document.querySelectorAll("#table td:first-child a[href^=\"#\"]").forEach((link, i) => i < 5 && link.click());
    document.querySelectorAll("details").forEach((one) => (one.open = true));
  });
  await settled(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  check(`${file} fits a screen of 360 pixels`, wide <= 360, wide);
  const high = await page.evaluate(() => Math.max(0, ...[...document.querySelectorAll(".ask input, .ask select")].map((one) => one.offsetHeight)));
  check(`${file} has fields of one line on such a screen`, high < 60, high);
  await page.close();
}

/* Many programs: the bounds are for the best of five, on a machine that is busy with other tests. */
{
  const bound = 1500;
  let opened;
  let took = Infinity;
  for (let i = 0; i < 5 && took >= bound; i++) {
    await opened?.page.close();
    const started = performance.now();
    opened = await open("many.html");
    await opened.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    took = performance.now() - started;
  }
  check(`${programs} programs open, in ms`, took < bound, Math.round(took));
  const { page } = opened;
  const column = (index) =>
    page.$$eval(
      "#table tbody tr:not([hidden])",
      (rows, at) => rows.map((row) => row.cells[at].textContent),
      index,
    );
  const rows = (await column(0)).length;
  check("there is a row for each program", rows >= programs, rows);
  const laidOut = () =>
    page.$$eval("#table tbody tr", (all) => all.filter((row) => row.checkVisibility()).length);
  check("the first ones are laid out", (await laidOut()) === 200, await laidOut());
  await page.focus("#all");
  await page.keyboard.press("Enter");
  check("all of them when asked", (await laidOut()) === rows, await laidOut());
  check("what is not confined comes first", (await column(2))[0] !== "confined", (await column(2))[0]);

  const press = async (head) => {
    const button = (await page.$$("#table th button"))[head];
    await button.focus();
    await page.keyboard.press("Enter");
  };
  const sorting = await page.evaluate(() => {
    const times = [1, 2, 3, 4].map(() => {
      const started = performance.now();
      document.querySelector("#table th button").click();
      document.body.getBoundingClientRect(); // with the layout
      return performance.now() - started;
    });
    return Math.min(...times);
  });
  check("sorting, in ms", sorting < 10000, Math.round(sorting));
  await press(0);
  const names = await column(0);
  const collator = new Intl.Collator("en", { numeric: true });
  check("names are sorted", names.every((name, i) => i === 0 || collator.compare(names[i - 1], name) <= 0));
  const state = () => page.$eval("#table th", (head) => head.getAttribute("aria-sort"));
  check("the column says so", (await state()) === "ascending", await state());
  await press(0);
  const down = await column(0);
  check("again: the other way round", down.join() === [...names].reverse().join() && (await state()) === "descending");
  await press(5);
  const allowed = (await column(5)).map((text) => (text ? Number(text.replace(",", "")) : -1));
  check("numbers are sorted as numbers", allowed.every((n, i) => i === 0 || allowed[i - 1] <= n));

  await page.type("#filter", "PROGRAM-99 confined");
  const some = await column(0);
  check("words filter", some.length > 0 && some.length < 120 && some.every((name) => name.includes("program-99")), some.length);
  check("the number is told", (await page.$eval("#shown", (one) => one.textContent)) === `${some.length} of ${rows} found`);
  await page.$eval("#filter", (one) => (one.value = ""));
  await page.select("#status", "not-hard-wired");
  const plain = await column(2);
  check("the status filters", plain.length > 0 && plain.every((text) => text === "not hard-wired"), plain.length);
  await page.select("#status", "");
  check("everything comes back", (await column(0)).length === rows);

  const made = () => page.$$eval("#opened *, #policies .group > :not(summary)", (all) => all.length);
  check("what is folded is not made", (await made()) === 0, await made());
  await page.focus("#table tbody tr[data-status=confined] td a");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash && document.querySelector(location.hash)?.open, {
    polling: 100,
  });
  check(
    "a link opens the details",
    await page.$eval("#opened details[open] pre[aria-label=Checks]", (pre) => pre.textContent.includes("ok   elf:")),
  );
  check("and the keyboard goes there", await page.evaluate(() => document.activeElement.tagName === "SUMMARY"));
  await page.focus("#policy-0 > summary");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#policy-0 table"), { polling: 100 });
  const calls = await page.$$eval("#policy-0 table tbody tr", (all) => all.length);
  check("a policy is made when it is opened", calls > 20, calls);
  await quiet("many.html", opened);
  await page.close();
}

/* Finding, by what is typed, chosen and linked. */
{
  const { page } = await open("image.html");
  const found = () =>
    page.$$eval("#table tbody tr:not([hidden]) td:first-child", (cells) =>
      cells.map((cell) => cell.textContent.replace(/.*\//, "")).sort().join(" "),
    );
  const type = async (kind, text) => {
    await page.select("#kind", kind);
    await page.$eval("#filter", (input) => (input.value = ""));
    await page.type("#filter", text);
    return found();
  };
  const finds = async (kind, text, expected) => {
    const names = await type(kind, text);
    check(`${kind} ${text} is found`, names === expected, names);
  };
  await finds("call", "execve", "plain server");
  await finds("call", "socket", "plain server tool");
  await finds("path", "/usr/share/doc", "plain server tool");
  await finds("path", "/etc/passwd", "plain server");
  await finds("port", "443", "plain server tool");
  await finds("port", "80", "plain tool");
  await finds("library", "libc.so", "plain server tool");
  await finds("policy", "server", "server");
  await finds("finding", "not-hard-wired", "plain");
  await finds("layer", "2 of 2", "tool");
  await finds("grade", "F", "plain");
  await finds("any", "call:execve policy:server", "server");
  await finds("any", "finding:risky-calls hook:init", "server tool");
  const shown = await page.$eval("#shown", (one) => one.textContent);
  check("how many are found is told", shown.startsWith("2 of 3 found"), shown);
  await type("call", "ptrace");
  const told = await page.$eval("#shown", (one) => one.textContent);
  check("what nothing restricts is told", /; 1 of them since nothing restricts it there$/.test(told), told);
  await page.evaluate(() => (location.hash = "#find=call:execve"));
  await page.waitForFunction(() => document.querySelector("#kind").value === "call", { polling: 100 });
  check("a link finds", (await found()) === "plain server", await found());
  for (const [link, names] of [
    [".legend a", "plain"],
    ["#layers td a", "plain server"],
  ]) {
    await page.$eval(link, (one) => one.click());
    await settled(page);
    check(`${link} leads to what it counts`, (await found()) === names, await found());
  }
  const parts = await page.$$eval("main > section", (all) => all.map((one) => one.id).join(" "));
  check("layers and packages come first", parts === "layers packages totals programs details policies", parts);
  await page.close();
}

/* Printing. */
for (const file of ["one.html", "some.html"]) {
  const { page } = await open(file);
  const before = await page.$$eval("details:not([open])", (all) => all.length);
  await page.pdf({ path: `${directory}/${file}.pdf`, preferCSSPageSize: true });
  const after = await page.$$eval("details:not([open])", (all) => all.length);
  check(`${file} is as before after printing`, after > 0 && after === before, [before, after]);
  await page.close();
}

/* Without script. */
{
  const page = await browser.newPage();
  await page.setJavaScriptEnabled(false);
  await page.goto(pathToFileURL(`${directory}/one.html`).href);
  const tree = await page.$eval(".tree", (one) => one.checkVisibility() && one.textContent);
  check("without script the tree is there", /execve.*kill-process/.test(tree));
  check("without script nothing is offered that needs it", !(await page.$eval("#go", (one) => one.checkVisibility())));
  await page.goto(pathToFileURL(`${directory}/many.html`).href);
  const rows = await page.$$eval("#table tbody tr", (all) => all.filter((row) => row.checkVisibility()).length);
  check("without script every program has a row", rows >= programs, rows);
  check("and the page says where the details are", await page.$eval("noscript", (one) => one.textContent.includes("-o DIRECTORY/")));
  await page.close();
}

await finish();
