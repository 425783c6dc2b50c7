"use strict";

// What a report does when it is read in a browser: it sorts and searches the table of programs, makes what is folded
// when it is opened, opens what a link leads to, and follows a system call through the filters. It changes the page by
// text only.

(() => {
  document.documentElement.classList.add("js");

  const byId = (id) => document.getElementById(id);

  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

  const element = (name, text, style) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (style) {
      made.className = style;
    }
    return made;
  };

  /* What is folded: data of which elements are made when somebody opens them. */

  const stored = byId("folded");
  const folded = stored ? JSON.parse(stored.textContent) : null;
  const textOfPlace = (place) => folded.texts[place];

  const verdictStyle = (decision) =>
    decision === "allow" || decision === "log" ? "allows" : decision === "depends" ? "depends" : "denies";
  const answers = { no: "allows", partly: "depends", yes: "denies" };
  const findLink = (kind, value) => `#find=${kind}:${encodeURIComponent(value)}`;

  const link = (text, target) => {
    const made = element("a", text);
    made.href = target;
    return made;
  };

  /* The cells of a table, by what their column shows: text, call, decision, code, answer. */
  const cellMakers = [
    (cell, text) => cell.append(text),
    (cell, text) => {
      cell.className = "code";
      cell.append(/^[a-z0-9_]+$/.test(text) ? link(text, findLink("call", text)) : text);
    },
    (cell, text) => cell.append(element("span", text, `verdict ${verdictStyle(text)}`)),
    (cell, text) => {
      cell.className = "code";
      cell.append(text);
    },
    (cell, text) => cell.append(element("span", text, `verdict ${answers[text]}`)),
  ];

  const scrolling = (name, label) => {
    const made = document.createElement(name);
    made.tabIndex = 0;
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", label);
    return made;
  };

  const makers = {
    p: ([text]) => element("p", textOfPlace(text)),
    h3: ([text]) => element("h3", textOfPlace(text)),
    a: ([text, target]) => {
      const line = document.createElement("p");
      line.append(link(textOfPlace(text), textOfPlace(target)));
      return line;
    },
    dl: (places) => {
      const list = document.createElement("dl");
      list.className = "facts";
      for (let i = 0; i < places.length; i += 2) {
        const pair = document.createElement("div");
        pair.append(element("dt", textOfPlace(places[i])), element("dd", textOfPlace(places[i + 1])));
        list.append(pair);
      }
      return list;
    },
    pre: ([label, text]) => {
      const made = scrolling("pre", textOfPlace(label));
      made.textContent = textOfPlace(text);
      return made;
    },
    lines: ([label, ...lines]) => {
      const made = scrolling("pre", textOfPlace(label));
      made.textContent = lines.map(textOfPlace).join("\n");
      return made;
    },
    finding: ([level, message, accepted, help, command, ...details]) => {
      const made = document.createElement("div");
      made.className = "findings";
      const line = element("p", "");
      line.append(element("span", textOfPlace(level), `level ${textOfPlace(level)}`), ` ${textOfPlace(message)}`);
      made.append(line);
      if (textOfPlace(accepted)) {
        made.append(element("p", textOfPlace(accepted), "accepted"));
      }
      if (details.length) {
        const behind = document.createElement("details");
        behind.append(element("summary", "What was found"));
        details.forEach((detail) => behind.append(element("p", textOfPlace(detail), "code")));
        made.append(behind);
      }
      made.append(element("p", textOfPlace(help), "quiet"));
      if (textOfPlace(command)) {
        const pre = scrolling("pre", "Command");
        pre.textContent = textOfPlace(command);
        made.append(pre);
      }
      return made;
    },
    table: ([caption, columns, heads, ...rows]) => {
      const around = scrolling("div", textOfPlace(caption));
      around.className = "scroll";
      const made = document.createElement("table");
      made.append(element("caption", textOfPlace(caption), "hidden"));
      const head = made.createTHead().insertRow();
      for (const place of heads) {
        const cell = element("th", textOfPlace(place));
        cell.scope = "col";
        head.append(cell);
      }
      const body = made.createTBody();
      for (const row of rows) {
        const line = body.insertRow();
        row.forEach((place, column) => cellMakers[columns[column]](line.insertCell(), textOfPlace(place)));
      }
      around.append(made);
      return around;
    },
    fold: ([title, ...blocks]) => {
      const made = document.createElement("details");
      made.className = "group";
      made.append(element("summary", textOfPlace(title)));
      fillWhenOpened(made, () => blocks);
      return made;
    },
  };

  const make = ([kind, ...rest]) => makers[kind](rest);

  /* An element is filled once, when it is opened or when a link leads to it. */
  const fillers = new WeakMap();
  const fill = (details) => {
    const blocks = fillers.get(details);
    if (blocks) {
      fillers.delete(details);
      details.append(...blocks().map(make));
    }
  };
  const fillWhenOpened = (details, blocks) => {
    fillers.set(details, blocks);
    details.addEventListener("toggle", () => details.open && fill(details));
  };

  const POLICY_BLOCKS = 2;
  const PROGRAM_BLOCKS = 6;
  if (folded) {
    folded.policies.forEach((policy, number) =>
      fillWhenOpened(byId(`policy-${number}`), () => policy.slice(POLICY_BLOCKS)),
    );
  }

  /* The details of a program, made where the page has a place for them. */
  const opened = byId("opened");
  const detailsOf = (number) => {
    const known = byId(`p${number}`);
    if (known || !opened || !folded.programs[number]) {
      return known;
    }
    const [path, status, id] = folded.programs[number].map((place) => textOfPlace(place));
    const made = document.createElement("details");
    made.id = `p${number}`;
    made.className = "group";
    const summary = document.createElement("summary");
    summary.append(element("span", path, "code"), " ", element("span", status, `badge ${id}`));
    made.append(summary, ...folded.programs[number].slice(PROGRAM_BLOCKS).map(make));
    opened.append(made);
    return made;
  };

  /* The table of programs. */

  const ERRORS = new Set(["changed", "not-verified", "unreadable", "not-trusted", "enforces-nothing"]);
  const UNPROVEN = new Set(["changed", "not-verified", "unreadable", "not-hard-wired", "unsupported"]);
  const table = byId("table");
  let findFromLink = () => false;
  if (table) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, place) => ({
      row,
      place,
      number: Number(row.dataset.p),
      status: row.dataset.status,
    }));
    const collator = new Intl.Collator("en", { numeric: true });
    const cellOf = (row, column) => row.cells[column];
    const compare = (column, numeric) => (a, b) => {
      const one = cellOf(a.row, column);
      const other = cellOf(b.row, column);
      const order = numeric
        ? Number(one.dataset.n) - Number(other.dataset.n)
        : collator.compare(one.textContent, other.textContent);
      return order || a.place - b.place;
    };

    Array.from(table.tHead.rows[0].cells).forEach((head, column, heads) => {
      const button = element("button", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sorted = rows.slice().sort(compare(column, head.dataset.type === "number"));
        if (down) {
          sorted.reverse();
        }
        body.append(...sorted.map((one) => one.row));
        limit();
      });
    });

    /* What policies decide, read when it is first asked for. */
    const accesses = new Map();
    const accessOf = (number) => {
      if (!accesses.has(number)) {
        const flat = folded.policies[number][0];
        const calls = new Map();
        for (let i = 0; i < flat.length; i += 2) {
          calls.set(textOfPlace(flat[i]), flat[i + 1]);
        }
        accesses.set(number, calls);
      }
      return accesses.get(number);
    };
    const rulesOf = (number) => {
      const flat = folded.policies[number][1];
      const rules = [];
      for (let i = 0; i < flat.length; i += 2) {
        rules.push([textOfPlace(flat[i]), textOfPlace(flat[i + 1])]);
      }
      return rules;
    };

    const NONE = 0; // does not match
    const FOUND = 1;
    const FREE = 2; // matches, since nothing confines it or restricts that
    const policyOf = (one) => (UNPROVEN.has(one.status) ? -1 : folded.programs[one.number][3]);
    const mayCall = (one, call) => {
      const policy = policyOf(one);
      if (policy < 0 || accessOf(policy).size === 0) {
        return FREE;
      }
      return accessOf(policy).get(call) > 0 ? FOUND : NONE;
    };
    const mayCallAny = (one, calls) => Math.max(...calls.map((call) => mayCall(one, call)));
    /* Rules of Landlock: one for each path or port that is allowed, and one for all others. */
    const mayUse = (one, calls, isMeant, covers) => {
      const can = mayCallAny(one, calls);
      if (can !== FOUND) {
        return can;
      }
      const rules = rulesOf(policyOf(one)).filter(([what]) => isMeant.test(what));
      if (!rules.length) {
        return FREE;
      }
      return rules.some(([what, decision]) => decision === "allow" && covers(what)) ? FOUND : NONE;
    };
    const under = (path) => (what) => {
      const rule = what.slice(what.indexOf(" ") + 1);
      return path === rule || rule === "/" || path.startsWith(rule.endsWith("/") ? rule : `${rule}/`);
    };

    const part = (text, value) => (text.toLowerCase().includes(value.toLowerCase()) ? FOUND : NONE);
    const columns = { package: 1, grade: 3, policy: 4, signer: 7 };
    const wordsOf = (one, kind) => {
      const flat = folded.programs[one.number][5].map(textOfPlace);
      return flat.filter((value, i) => i % 2 === 1 && flat[i - 1] === kind);
    };
    const finders = {
      any: (one, value) => part((one.text ??= one.row.textContent), value),
      call: mayCall,
      path: (one, value) =>
        mayUse(one, ["open", "openat", "openat2", "creat", "execve", "execveat"], /^(read|write|execute) /, under(value)),
      port: (one, value) =>
        mayUse(one, ["socket", "socketcall"], /^(connect|bind) TCP /, (what) => what.endsWith(` TCP ${value}`)),
      udp: (one, value) =>
        mayUse(one, ["socket", "socketcall"], /^(connect|bind) UDP /, (what) => what.endsWith(` UDP ${value}`)),
      library: (one, value) =>
        folded.programs[one.number][4].some((place) => part(textOfPlace(place), value)) ? FOUND : NONE,
      status: (one, value) => (one.status === value ? FOUND : NONE),
      sha256: (one, value) => (wordsOf(one, "sha256")[0].startsWith(value.toLowerCase()) ? FOUND : NONE),
    };
    const exact = new Set(["grade", "finding", "accepted", "proof", "hook", "machine"]);
    const findBy = (kind) => {
      if (has(finders, kind)) {
        return finders[kind];
      }
      const texts = (one) => (has(columns, kind) ? [cellOf(one.row, columns[kind]).textContent] : wordsOf(one, kind));
      return exact.has(kind)
        ? (one, value) => (texts(one).some((text) => text.toLowerCase() === value.toLowerCase()) ? FOUND : NONE)
        : (one, value) => (texts(one).some((text) => part(text, value)) ? FOUND : NONE);
    };
    const KINDS = [...Object.keys(finders), ...Object.keys(columns), ...exact, "layer"];

    const filter = byId("filter");
    const kindOf = byId("kind");
    const status = byId("status");

    /* Words, or kind:value, or kind:"value with spaces"; the choice beside it gives the kind for all of it. */
    const wanted = () => {
      const text = filter.value.trim();
      if (!text) {
        return [];
      }
      if (kindOf.value !== "any") {
        return [[findBy(kindOf.value), text]];
      }
      return Array.from(text.matchAll(/(?:([a-z0-9]+):)?(?:"([^"]*)"|(\S+))/gi), ([whole, kind, quoted, plain]) => {
        const value = quoted ?? plain;
        const known = kind && KINDS.includes(kind.toLowerCase());
        return known ? [findBy(kind.toLowerCase()), value] : [finders.any, quoted !== undefined && !kind ? value : whole];
      });
    };
    /* A browser takes long to lay out thousands of rows, so the first ones are shown until more are asked for. */
    const FIRST = 200;
    let most = FIRST;
    const more = byId("all");
    const limit = () => {
      let found = 0;
      for (const row of body.rows) {
        found += row.hidden ? 0 : 1;
        row.classList.toggle("later", !row.hidden && found > most);
      }
      more.hidden = found <= most;
      more.textContent = `Show all ${found}, not only ${most}`;
    };
    more.addEventListener("click", () => {
      most = Infinity;
      limit();
    });
    const show = () => {
      const all = wanted();
      let shown = 0;
      let free = 0;
      for (const one of rows) {
        const found = all.map(([find, value]) => find(one, value));
        const visible = (!status.value || one.status === status.value) && found.every((result) => result !== NONE);
        one.row.hidden = !visible;
        shown += visible ? 1 : 0;
        free += visible && found.includes(FREE) ? 1 : 0;
      }
      limit();
      byId("shown").textContent =
        `${shown} of ${rows.length} found` + (free ? `; ${free} of them since nothing restricts it there` : "");
    };
    filter.addEventListener("input", show);
    kindOf.addEventListener("change", show);
    status.addEventListener("change", show);
    show();

    findFromLink = () => {
      const found = /^#find=([a-z0-9]+):(.*)$/.exec(location.hash);
      if (!found) {
        return false;
      }
      const [, kind, coded] = found;
      let value;
      try {
        value = decodeURIComponent(coded);
      } catch {
        return false;
      }
      const offered = Array.from(kindOf.options).some((option) => option.value === kind);
      status.value = kind === "status" ? value : "";
      kindOf.value = offered ? kind : "any";
      filter.value = kind === "status" ? "" : offered ? value : `${kind}:"${value}"`;
      show();
      byId("programs").scrollIntoView();
      filter.focus({ preventScroll: true });
      return true;
    };
  }

  /* Links into what is closed, and printing. */

  const openAround = (target) => {
    for (let one = target; one; one = one.parentElement) {
      if (one.tagName === "DETAILS") {
        fill(one);
        one.open = true;
      }
    }
  };

  const openLinked = () => {
    if (findFromLink()) {
      return;
    }
    const id = location.hash.slice(1);
    const program = /^p([0-9]+)$/.exec(id);
    const target = id && ((program && detailsOf(Number(program[1]))) || byId(id));
    if (target) {
      openAround(target);
      target.scrollIntoView();
      target.querySelector("summary")?.focus({ preventScroll: true });
    }
  };
  window.addEventListener("hashchange", openLinked);
  document.addEventListener("click", (event) => {
    const clicked = event.target.closest?.("a[href^='#']");
    if (clicked && clicked.getAttribute("href") === location.hash) {
      openLinked(); // the same link again
    }
  });
  openLinked();

  /* On paper: what is wrong, opened. All else of a page about one program. */
  const MOST_PRINTED = 100;
  let unfolded = [];
  let added = [];
  window.addEventListener("beforeprint", () => {
    if (!table) {
      unfolded = Array.from(document.querySelectorAll("details:not([open])"));
    } else if (opened) {
      const wrong = Array.from(table.tBodies[0].rows).filter((row) => !row.hidden && ERRORS.has(row.dataset.status));
      added = wrong.slice(0, MOST_PRINTED).filter((row) => !byId(`p${row.dataset.p}`));
      unfolded = wrong.slice(0, MOST_PRINTED).map((row) => detailsOf(row.dataset.p));
      unfolded = unfolded.flatMap((one) => [one, ...one.querySelectorAll("details")]).filter((one) => !one.open);
    }
    unfolded.forEach((one) => (one.open = true));
  });
  window.addEventListener("afterprint", () => {
    unfolded.forEach((one) => (one.open = false));
    added.forEach((row) => byId(`p${row.dataset.p}`)?.remove());
    unfolded = added = [];
  });

  /* Following a call. */

  const data = byId("follow-data");
  if (!data) {
    return;
  }
  const machine = JSON.parse(data.textContent);
  const WORD = 0xffffffffn;

  const number = (text) => {
    if (/^0[xX][0-9a-fA-F]{1,16}$/.test(text)) {
      return BigInt(text);
    }
    return /^[0-9]{1,20}$/.test(text) ? BigInt(text) : null;
  };

  /* Names of constants are known for calls whose arguments matter; for others they count as 0. */
  const constant = (depends) => (text) => {
    let all = 0n;
    for (const part of text.split("|")) {
      const [, sign, name] = /^\s*([~-]?)\s*(\S*)\s*$/.exec(part) || [];
      let value = name === undefined ? null : number(name);
      if (value === null && name !== undefined && has(machine.constants, name)) {
        value = BigInt("0x" + machine.constants[name]);
      }
      if (value === null && !depends && /^[A-Z][A-Z0-9_]*$/.test(name)) {
        value = 0n;
      }
      if (value === null) {
        throw new Error(`unknown argument "${part.trim()}": give a number, or names of constants joined by |`);
      }
      all |= BigInt.asUintN(64, sign === "~" ? ~value : sign === "-" ? -value : value);
    }
    return all;
  };

  const parse = (text) => {
    const found = /^\s*([a-z0-9_]+)\s*(?:\(([^()]*)\))?\s*$/i.exec(text);
    if (!found) {
      throw new Error("give a call such as socket(AF_INET, 1, 0)");
    }
    const [, name, inside] = found;
    const named = has(machine.calls, name) ? BigInt(machine.calls[name]) : number(name);
    if (named === null || named > WORD) {
      throw new Error(`unknown system call "${name}" on ${machine.architecture}`);
    }
    const depends = machine.depending.includes(name) || !has(machine.calls, name);
    const args = inside === undefined || !inside.trim() ? [] : inside.split(",").map(constant(depends));
    if (args.length > 6) {
      throw new Error("a call has at most 6 arguments");
    }
    while (args.length < 6) {
      args.push(0n);
    }
    return { nr: named, args };
  };

  /* A word of struct seccomp_data. */
  const wordAt = (call, offset) => {
    if (offset === 0) {
      return call.nr;
    }
    if (offset === 4) {
      return BigInt(machine.audit);
    }
    const field = offset < 16 ? 0n : call.args[(offset - 16) >> 3];
    const low = (offset % 8 === 0) !== machine.big;
    return low ? field & WORD : field >> 32n;
  };

  const arithmetic = (operation, a, operand) => {
    switch (operation) {
      case 0x00:
        return a + operand;
      case 0x10:
        return a - operand;
      case 0x20:
        return a * operand;
      case 0x30:
        return a / operand;
      case 0x40:
        return a | operand;
      case 0x50:
        return a & operand;
      case 0x60:
        return a << (operand & 31n);
      case 0x70:
        return a >> (operand & 31n);
      case 0x80:
        return -a;
      default:
        return a ^ operand;
    }
  };

  const holds = (operation, a, operand) => {
    switch (operation) {
      case 0x10:
        return a === operand;
      case 0x20:
        return a > operand;
      case 0x30:
        return a >= operand;
      default:
        return (a & operand) !== 0n;
    }
  };

  /* Runs a filter as the kernel does; returns its value, and the tests that it came through. */
  const run = (filter, call) => {
    const memory = new Array(16).fill(0n);
    const way = [];
    let a = 0n;
    let x = 0n;
    let steps = 0;
    for (let at = 0; ; ) {
      const [code, jt, jf, constantOf] = filter[at];
      const k = BigInt(constantOf);
      const operation = code & 0xf0;
      const operand = code & 8 ? x : k;
      const here = at++;
      steps++;
      const load = () =>
        (code & 0xe0) === 0x20
          ? wordAt(call, constantOf)
          : (code & 0xe0) === 0x60
            ? memory[constantOf]
            : (code & 0xe0) === 0x80
              ? 64n
              : k;
      switch (code & 7) {
        case 0:
          a = load();
          break;
        case 1:
          x = load();
          break;
        case 2:
          memory[constantOf] = a;
          break;
        case 3:
          memory[constantOf] = x;
          break;
        case 4:
          if (operation === 0x30 && operand === 0n) {
            return { value: 0n, way, steps };
          }
          a = BigInt.asUintN(32, arithmetic(operation, a, operand));
          break;
        case 5:
          if (operation === 0) {
            at += constantOf;
          } else {
            const yes = holds(operation, a, operand);
            way.push(here + (yes ? "y" : "n"));
            at += yes ? jt : jf;
          }
          break;
        case 6:
          return { value: code & 0x10 ? a : k, way, steps };
        default:
          if (code & 0x80) {
            a = x;
          } else {
            x = a;
          }
      }
    }
  };

  /* The kernel takes the most restrictive action, of equal ones that of the filter installed last, and compares
     actions as signed numbers. */
  const rank = (value) => BigInt.asIntN(32, value & 0xffff0000n);
  const textOf = (value) =>
    has(machine.verdicts, String(value)) ? machine.verdicts[String(value)] : `0x${value.toString(16)}`;

  const input = byId("call");
  const answer = byId("way");

  const follow = () => {
    document.querySelectorAll(".tree .on").forEach((one) => one.classList.remove("on"));
    let call;
    try {
      call = parse(input.value);
    } catch (problem) {
      answer.replaceChildren(element("p", problem.message, "problem"));
      return;
    }
    const results = machine.filters.map((filter) => run(filter, call));
    if (!results.length) {
      answer.replaceChildren(element("p", "There is no filter.", "problem"));
      return;
    }
    const strictest = (some) => some.reduce((one, other) => (rank(other.value) <= rank(one.value) ? other : one));
    const count = (some) => some.reduce((sum, result) => sum + result.steps, 0);
    const said = (some) => `${textOf(strictest(some).value)} (${count(some)} instructions)`;
    const phases = machine.phases.map((phase) => phase.filters.map((filter) => run(filter, call)));
    const lines = [element("p", `${input.value.trim()}: ${said(results)}`, "answer")];
    phases.forEach((more, index) => {
      const { name, moment } = machine.phases[index];
      lines.push(element("p", `From ${moment} on, in the phase "${name}": ${said([...results, ...more])}`));
    });
    const list = document.createElement("ol");
    [...results, ...phases.flat()].forEach((result, index) => {
      for (const step of result.way) {
        const branch = document.querySelector(`[data-e="f${index}-${step}"]`);
        if (branch) {
          branch.classList.add("on");
          openAround(branch);
          const test = branch.closest("details").querySelector("summary").textContent;
          list.append(element("li", `${test.replace(/^\d+: /, "")} ${step.endsWith("y") ? "yes" : "no"}`));
        }
      }
      list.append(element("li", textOf(result.value)));
    });
    answer.replaceChildren(...lines, list);
  };
  byId("go").addEventListener("click", follow);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      follow();
    }
  });
})();
