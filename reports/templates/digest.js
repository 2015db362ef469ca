(() => {
  "use strict";
  const LEAST_TO_SORT = 3, LEAST_TO_FILTER = 6;
  const words = document.querySelector("main").dataset;

  const said = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const rowsOf = (body) => [...body.querySelectorAll("tr:not(.group)")];

  const keyOf = (row, place, isNumber) => {
    const cell = row.cells[place], key = cell.dataset.key;
    if (!isNumber) return cell.textContent.trim();
    return Number(key ?? (cell.querySelector(".count") ?? cell).textContent.replace(/\D/g, ""));
  };

  const sort = (bodies, original, place, isNumber, direction) => {
    const order = (a, b) => isNumber ? a - b : a.localeCompare(b);
    bodies.forEach((body, number) => {
      const rows = [...original[number]];
      if (direction) {
        const keys = new Map(rows.map((row) => [row, keyOf(row, place, isNumber)]));
        rows.sort((a, b) => direction * order(keys.get(a), keys.get(b)));
      }
      body.append(...rows);
    });
  };

  const addSorting = (table, bodies) => {
    const original = bodies.map(rowsOf);
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      const kind = head.dataset.sort;
      if (!kind) return;
      const isNumber = kind === "number", first = isNumber ? -1 : 1;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      let direction = 0;
      button.addEventListener("click", () => {
        const wasSorted = head.getAttribute("aria-sort") !== "none";
        direction = wasSorted ? (direction === first ? -first : 0) : first;
        for (const other of heads) if (other.dataset.sort) other.setAttribute("aria-sort", "none");
        if (direction) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        sort(bodies, original, place, isNumber, direction);
      });
    });
    table.classList.add("live");
  };

  const addFilter = (table, bodies) => {
    const tools = document.createElement("p");
    tools.className = "tools";
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    input.autocomplete = "off";
    input.spellcheck = false;
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    status.setAttribute("aria-live", "polite");
    label.append(words.filter, " ", input);
    tools.append(label, " ", status);
    table.before(tools);
    const rows = bodies.flatMap(rowsOf);
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) row.hidden = !wanted.every((word) => texts.get(row).includes(word));
      for (const body of bodies) {
        const group = body.querySelector(".group");
        if (group) group.hidden = rowsOf(body).every((row) => row.hidden);
      }
      const shown = rows.filter((row) => !row.hidden).length;
      status.textContent = wanted.length ? said(words.shown, { shown, all: rows.length }) : "";
    });
  };

  for (const table of document.querySelectorAll("table[data-live]")) {
    const bodies = [...table.tBodies];
    const count = bodies.flatMap(rowsOf).length;
    if (count >= LEAST_TO_SORT) addSorting(table, bodies);
    if (count >= LEAST_TO_FILTER) addFilter(table, bodies);
  }

  const closed = [];
  addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("details:not([open])")) {
      one.open = true;
      closed.push(one);
    }
  });
  addEventListener("afterprint", () => {
    for (const one of closed.splice(0)) one.open = false;
  });
})();
