// The tree shows which request led to which. A row whose children are folded
// away is in shut; where a filter is on, what leads to a row that passes is shown too.
const shut = new Set();
let onlyPath = false;

function treeRows() {
  const keep = new Set();
  const filtered = onlyPath || filter.text || filter.host || filter.types.size || filter.failed;
  if (filtered) {
    for (const r of R) {
      if (!passes(r) || (onlyPath && !stepByID.has(r.id))) continue;
      for (let x = r; x && !keep.has(x); x = x.parent >= 0 ? R[x.parent] : null) keep.add(x);
    }
  }
  const list = [], stack = [];
  const push = (kids, depth) => { for (let i = kids.length - 1; i >= 0; i--) stack.push([kids[i], depth]); };
  push(R.filter(r => r.parent < 0), 0);
  while (stack.length) {
    const [r, depth] = stack.pop();
    if (filtered && !keep.has(r)) continue;
    r.depth = depth;
    list.push(r);
    if (!shut.has(r)) push(r.kids, depth + 1);
  }
  return list;
}

function fold(r, close) {
  if (!r.kids.length || shut.has(r) === close) return;
  if (close) shut.add(r); else shut.delete(r);
  refresh();
  focusRow(grid.rows.indexOf(r));
}

function treeName(r) {
  const indent = h("span", { class: "indent" });
  indent.style.width = Math.min(r.depth, 12) * 14 + "px";
  const twist = r.kids.length
    ? h("button", { class: "twist", tabindex: "-1", "aria-label": shut.has(r) ? "Unfold" : "Fold", click: e => { e.stopPropagation(); fold(r, !shut.has(r)); } }, shut.has(r) ? "▶" : "▼")
    : h("span", { class: "twist" });
  return [indent, twist, h("span", { class: "file" }, r.file), h("span", { class: "at" }, r.host)];
}

const treeView = {
  name: "tree", label: "Dependencies", role: "treegrid",
  columns: requestColumns.map((c, i) => ({ ...c, key: null, cell: i === 0 ? treeName : c.cell })),
  axis: () => requestAxis,
  list: treeRows,
  told: requestView.told,
  attrs(r) {
    const a = { "aria-level": r.depth + 1 };
    if (r.kids.length) a["aria-expanded"] = String(!shut.has(r));
    return a;
  },
  rowClass: requestClass,
  bar: requestView.bar, say: sayBar, tip: requestTip, open: requestView.open,
};

// drawPath fills the box above the tree.
function drawPath() {
  const box = $("path");
  if (!D.path.length) {
    box.replaceChildren(h("p", {}, "No request has ended: there is no critical path."));
    return;
  }
  const last = D.path[D.path.length - 1];
  const only = h("input", { type: "checkbox", id: "only", change: e => { onlyPath = e.target.checked; refresh(); } });
  only.checked = onlyPath;
  const list = h("ol", {});
  for (const s of D.path) {
    const r = requestByID.get(s.id);
    list.append(h("li", {}, h("button", { title: s.why || "", click: () => { reveal(r); openRequest(r); } }, r.file,
      h("small", {}, time(s.to - s.from) + (s.why ? " · " + s.why : "")))));
  }
  box.replaceChildren(h("h2", {}, "Critical path to " + (D.page.load !== null ? "load" : "the end") + ": " + count(D.path.length, "step") + ", " + time(last.to),
    h("label", { class: "toggle" }, only, "only its rows")), list);
}

// reveal unfolds what hides a request and moves to its row, where it passes the filter.
function reveal(r) {
  if (grid.view === treeView) {
    for (let x = r; x.parent >= 0; x = R[x.parent]) shut.delete(R[x.parent]);
    refresh();
  }
  const i = grid.rows.indexOf(r);
  if (i >= 0) focusRow(i, true);
}
