"use strict";

// What a report does when it is read in a browser: it sorts and filters the table of programs, opens what a
// link leads to, and follows a system call through the filters. It changes the page by text only.

(() => {
  document.documentElement.classList.add("js");

  const byId = (id) => document.getElementById(id);

  const element = (name, text, style) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (style) {
      made.className = style;
    }
    return made;
  };

  /* The table of programs. */

  const table = byId("table");
  if (table) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, place) => ({
      row,
      place,
      text: row.textContent.toLowerCase(),
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
      });
    });

    const filter = byId("filter");
    const status = byId("status");
    const show = () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const one of rows) {
        const visible =
          (!status.value || one.status === status.value) && words.every((word) => one.text.includes(word));
        one.row.hidden = !visible;
        shown += visible ? 1 : 0;
      }
      byId("shown").textContent = `${shown} of ${rows.length} shown`;
    };
    filter.addEventListener("input", show);
    status.addEventListener("change", show);
    show();
  }

  /* Links into what is closed, and printing. */

  const openAround = (target) => {
    for (let one = target; one; one = one.parentElement) {
      if (one.tagName === "DETAILS") {
        one.open = true;
      }
    }
  };

  const openLinked = () => {
    const target = location.hash.length > 1 && byId(location.hash.slice(1));
    if (target) {
      openAround(target);
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", openLinked);
  openLinked();

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = table ? [] : Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach((one) => (one.open = true));
  });
  window.addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));

  /* Following a call. */

  const data = byId("follow-data");
  if (!data) {
    return;
  }
  const machine = JSON.parse(data.textContent);
  const WORD = 0xffffffffn;
  const has = (object, name) => Object.prototype.hasOwnProperty.call(object, name);

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
