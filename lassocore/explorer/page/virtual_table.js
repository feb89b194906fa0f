// Lives here: a table of any length, of which the visible rows exist. Independent of: what the rows hold.

const MAX_ROWS = 200; // that exist, even where the table has no limit of height

// Columns are { key, title, short, note, sortable, className, cell() -> { element, set(row) } }.
class VirtualTable {
  constructor(host, label, columns, { onSort = null, rowHeight = 34 } = {}) {
    Object.assign(this, { host, columns, onSort, rowHeight, rows: [], pool: [], start: 0 });
    this.body = make("tbody");
    this.above = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
    this.below = make("tr", { class: "space", "aria-hidden": "true" }, make("td"));
    this.body.append(this.above, this.below);
    this.table = make("table", { "aria-label": label }, make("thead", {}, this.makeHead()), this.body);
    host.classList.add("table");
    host.tabIndex = 0;
    host.setAttribute("role", "region");
    host.setAttribute("aria-label", label);
    host.append(this.table);
    host.addEventListener(
      "scroll",
      oncePerFrame(() => this.draw()),
      { passive: true },
    );
    new ResizeObserver(() => this.draw()).observe(host);
  }

  makeHead() {
    this.heads = this.columns.map((column) => {
      const title = make(
        "span",
        {},
        make("span", { text: column.title, class: column.short && "wide" }),
        column.short ? make("span", { text: column.short, class: "narrow", "aria-hidden": "true" }) : null,
      );
      const head = make("th", { scope: "col", class: column.className, title: column.note });
      head.append(
        column.sortable
          ? make("button", { type: "button", class: "sort", onclick: () => this.onSort(column.key) }, title)
          : title,
      );
      return head;
    });
    return make("tr", { "aria-rowindex": "1" }, ...this.heads);
  }

  // Mark the column by which the rows are sorted.
  showOrder(key, falling) {
    for (const [k, column] of this.columns.entries()) {
      if (!column.sortable) continue;
      const order = column.key !== key ? "none" : falling ? "descending" : "ascending";
      this.heads[k].setAttribute("aria-sort", order);
    }
  }

  // Show these rows: `length` and `at(index)`; `prepare(first, end)` is told which of them will be asked for.
  setRows(length, at, prepare = null) {
    Object.assign(this, { length, at, prepare });
    this.table.setAttribute("aria-rowcount", String(length + 1));
    this.draw();
  }

  draw() {
    if (this.at === undefined || this.host.clientHeight === 0) return;
    counters.table += 1;
    const height = this.rowHeight,
      shown = Math.min(MAX_ROWS, Math.ceil(this.host.clientHeight / height) + 4);
    const first = clamp(Math.floor(this.host.scrollTop / height) - 2, 0, Math.max(0, this.length - shown));
    const end = Math.min(this.length, first + shown);
    this.prepare?.(first, end);
    while (this.pool.length < end - first) this.pool.push(this.makeRow());
    this.rotate(first - this.start);
    this.start = first;
    for (const [i, row] of this.pool.entries()) {
      const index = first + i;
      if (index >= end) {
        row.element.hidden = true;
        continue;
      }
      row.element.hidden = false;
      row.element.setAttribute("aria-rowindex", String(index + 2));
      const content = this.at(index);
      row.element.className = content.className ?? "";
      for (const cell of row.cells) cell.set(content);
      row.content = content;
    }
    this.above.firstChild.style.height = `${first * height}px`;
    this.below.firstChild.style.height = `${(this.length - end) * height}px`;
  }

  // Move rows that scrolling hides to the other end, so that the others remain what they are, and keep the focus.
  rotate(shift) {
    const { pool, host } = this;
    if (Math.abs(shift) >= pool.length) {
      if (pool.some((row) => row.element.contains(document.activeElement))) host.focus({ preventScroll: true });
      return;
    }
    for (let k = 0; k < Math.abs(shift); k += 1) {
      const row = shift > 0 ? pool.shift() : pool.pop();
      if (row.element.contains(document.activeElement)) host.focus({ preventScroll: true });
      if (shift > 0) this.below.before(row.element);
      else this.above.after(row.element);
      if (shift > 0) pool.push(row);
      else pool.unshift(row);
    }
  }

  makeRow() {
    const cells = this.columns.map((column) => column.cell());
    const element = make(
      "tr",
      {},
      ...cells.map((cell, k) => {
        cell.element.className = this.columns[k].className ?? "";
        return cell.element;
      }),
    );
    const row = { element, cells, content: null };
    element.addEventListener("click", (event) => {
      if (row.content?.onClick && event.target.closest("button") === null) row.content.onClick();
    });
    element.addEventListener("pointerenter", () => row.content?.onHover?.(true));
    element.addEventListener("pointerleave", () => row.content?.onHover?.(false));
    this.below.before(element);
    return row;
  }
}

// A cell that shows a text; `of` gives it for a row, `title` the text shown on hovering.
function textCell(of, title = null, tag = "td") {
  const element = make(tag, tag === "th" ? { scope: "row" } : {});
  return {
    element,
    set(row) {
      setText(element, of(row));
      if (title !== null && element.title !== title(row)) element.title = title(row);
    },
  };
}
