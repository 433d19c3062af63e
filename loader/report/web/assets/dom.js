// h makes an element. Text becomes text nodes: nothing is ever parsed as markup.
function h(tag, attrs, ...kids) {
  const e = document.createElement(tag);
  for (const k in attrs) {
    const v = attrs[k];
    if (v === null || v === undefined || v === false) continue;
    if (k === "class") e.className = v;
    else if (typeof v === "function") e.addEventListener(k, v);
    else e.setAttribute(k, v === true ? "" : v);
  }
  for (const kid of kids.flat()) if (kid !== null && kid !== undefined && kid !== "") e.append(kid);
  return e;
}

const $ = id => document.getElementById(id);

// piece is a coloured part of a bar, placed in percent of its track.
function piece(cls, from, to, axis) {
  const e = h("i", { class: cls });
  const a = axis.at(from), b = axis.at(to);
  e.style.left = a + "%";
  e.style.width = Math.max(0, b - a) + "%";
  return e;
}

function swatch(cls) {
  return h("i", { class: cls });
}
