// The grid shows a list of rows, of which only those near the window exist.
// A view says what a row looks like; see requests.js, connections.js and tree.js.
const rowsBox = $("rows"), headBox = $("head");
const grid = { view: null, rows: [], drawn: new Map(), focus: 0, selected: null, all: false };
const under = h("div", { class: "track cell" }), over = h("div", { class: "track cell" });
for (const [layer, cls] of [[under, "lines"], [over, "lines over"]]) rowsBox.append(h("div", { class: cls, "aria-hidden": "true" }, h("div", { class: "row" }, layer)));
let headTrack = null;

function rowHeight() {
  return matchMedia("print").matches ? 20 : 28;
}

function show(view) {
  grid.view = view;
  grid.focus = 0;
  $("grid").className = "grid " + view.name;
  $("grid").setAttribute("role", view.role || "grid");
  $("grid").setAttribute("aria-label", view.label);
  $("grid").setAttribute("aria-colcount", view.columns.length);
  drawHead();
  refresh();
}

function drawHead() {
  const v = grid.view;
  const row = h("div", { class: "row", role: "row", "aria-rowindex": "1" });
  for (const c of v.columns) {
    const cell = h("div", { class: "cell " + (c.cls || ""), role: "columnheader" });
    if (c.track) {
      headTrack = cell;
      cell.setAttribute("aria-label", "Time");
    } else if (c.key) {
      const sorted = v.sort && v.sort.key === c.key;
      cell.setAttribute("aria-sort", !sorted ? "none" : v.sort.down ? "descending" : "ascending");
      cell.append(h("button", { class: "sort", "data-sort": c.key, click: () => sortBy(c.key) }, c.title));
    } else cell.append(c.title);
    row.append(cell);
  }
  headBox.replaceChildren(row);
}

function sortBy(key) {
  const v = grid.view;
  v.sort = v.sort.key !== key ? { key, down: !!v.columns.find(c => c.key === key).down } : { key, down: !v.sort.down };
  drawHead();
  refresh();
  headBox.querySelector("[data-sort=" + key + "]").focus();
}

// refresh takes the rows from the view again.
function refresh() {
  const v = grid.view, at = grid.rows[grid.focus];
  grid.rows = v.list();
  const again = at ? grid.rows.indexOf(at) : -1;
  grid.focus = again >= 0 ? again : 0;
  for (const e of grid.drawn.values()) e.remove();
  grid.drawn.clear();
  rowsBox.style.height = grid.rows.length * rowHeight() + "px";
  $("grid").setAttribute("aria-rowcount", grid.rows.length + 1);
  $("nothing").hidden = grid.rows.length > 0;
  rowsBox.hidden = grid.rows.length === 0;
  $("count").textContent = v.told();
  drawAxis(headTrack, under, over, v.axis());
  draw();
}

// draw makes the rows near the window, and drops the others.
function draw() {
  const height = rowHeight(), box = rowsBox.getBoundingClientRect(), n = grid.rows.length;
  let from = 0, to = n;
  if (!grid.all) {
    from = Math.max(0, Math.floor((-box.top - 300) / height));
    to = Math.min(n, Math.ceil((innerHeight - box.top + 300) / height));
  }
  for (const [i, e] of grid.drawn) if ((i < from || i >= to) && e !== document.activeElement) { e.remove(); grid.drawn.delete(i); }
  const fresh = document.createDocumentFragment();
  for (let i = from; i < to; i++) {
    if (grid.drawn.has(i)) continue;
    const e = makeRow(i);
    grid.drawn.set(i, e);
    fresh.append(e);
  }
  rowsBox.append(fresh);
}

function makeRow(i) {
  const v = grid.view, x = grid.rows[i];
  const e = h("div", { class: "row " + v.rowClass(x), role: "row", "aria-rowindex": i + 2, "aria-selected": String(x === grid.selected), tabindex: i === grid.focus ? "0" : "-1", "data-i": i });
  for (const [k, val] of Object.entries(v.attrs ? v.attrs(x) : {})) e.setAttribute(k, val);
  e.style.top = i * rowHeight() + "px";
  v.columns.forEach(c => {
    const cell = h("div", { class: "cell " + (c.cls || ""), role: "gridcell" });
    if (c.track) { cell.setAttribute("aria-label", v.say(x)); cell.append(...v.bar(x)); }
    else cell.append(...[c.cell(x)].flat());
    e.append(cell);
  });
  return e;
}

// focusRow moves the keyboard's place to row i, and scrolls there.
function focusRow(i, silently) {
  if (!grid.rows.length) return;
  i = Math.max(0, Math.min(grid.rows.length - 1, i));
  const old = grid.drawn.get(grid.focus);
  if (old) old.tabIndex = -1;
  grid.focus = i;
  const height = rowHeight(), top = rowsBox.getBoundingClientRect().top + i * height;
  const over = headBox.getBoundingClientRect().bottom, under = innerHeight - (document.body.classList.contains("open") && innerWidth <= 640 ? innerHeight * .62 : 0) - height;
  if (top < over) scrollBy(0, top - over - 4);
  else if (top > under) scrollBy(0, top - under + 4);
  draw();
  const e = grid.drawn.get(i);
  e.tabIndex = 0;
  if (!silently) e.focus({ preventScroll: true });
}

function select(x) {
  grid.selected = x;
  for (const [i, e] of grid.drawn) e.setAttribute("aria-selected", String(grid.rows[i] === x));
}

let asked = false;
function later() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}
addEventListener("scroll", later, { passive: true });
let widthBefore = 0;
new ResizeObserver(() => {
  document.documentElement.style.setProperty("--bar", $("bar").offsetHeight + "px");
  if (headTrack && headTrack.clientWidth !== widthBefore) {
    widthBefore = headTrack.clientWidth;
    drawAxis(headTrack, under, over, grid.view.axis());
  }
  later();
}).observe($("grid"));

// A page that is printed has all rows, up to a number that paper can take.
addEventListener("beforeprint", () => { grid.all = grid.rows.length <= 5000; refresh(); });
addEventListener("afterprint", () => { grid.all = false; refresh(); });
