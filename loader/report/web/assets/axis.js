// An axis turns times into percent of the track's width.
function newAxis(end) {
  const span = end * 1.06; // room for the last bar's label
  return { end: span, at: us => Math.min(100, Math.max(0, us / span * 100)), whole: end };
}

// ticks returns round times for a track so many pixels wide.
function ticks(axis, width) {
  const most = Math.max(1, Math.floor(width / 80));
  for (let unit = 1; ; unit *= 10)
    for (const n of [1, 2, 5])
      if (axis.end / (n * unit) <= most) {
        const list = [];
        for (let at = 0; at <= axis.end; at += n * unit) list.push(at);
        return list;
      }
}

const words = { render: "Render", dom: "DOM", load: "Load" };

// drawAxis fills the track in the head with times and milestones, and the layers
// under and over the rows with their lines.
function drawAxis(track, under, over, axis) {
  const width = track.clientWidth || 600;
  track.replaceChildren();
  under.replaceChildren();
  over.replaceChildren();
  for (const at of ticks(axis, width)) {
    const label = h("span", { class: "tick", "aria-hidden": "true" }, at === 0 ? "0" : time(at));
    const line = h("i", {});
    label.style.left = line.style.left = axis.at(at) + "%";
    under.append(line);
    if (axis.at(at) / 100 * width + 44 < width) track.append(label);
  }
  let taken = -1e9;
  miles.slice().sort((a, b) => a[2] - b[2]).forEach(([key, name, at], i, all) => {
    const line = h("i", { class: "mile m-" + key });
    line.style.left = axis.at(at) + "%";
    over.append(line);
    const x = axis.at(at) / 100 * width;
    const next = i + 1 < all.length ? axis.at(all[i + 1][2]) / 100 * width : width;
    const long = words[key] + " " + time(at), short = { render: "R", dom: "D", load: "L" }[key];
    let text = long, w = long.length * 6.1 + 8, left = x;
    if (x - w > taken && (i + 1 === all.length || next - x < w)) left = x - w;
    else if (next - x < w || x + w > width) { text = short; w = 16; left = x + w > width ? x - w : x - 1; }
    left = Math.max(left, taken);
    taken = left + w;
    const label = h("span", { class: "mark m-" + key, title: name + " " + time(at) }, text);
    if (left < x - 2) { label.style.right = (100 - axis.at(at)) + "%"; } else label.style.left = left + "px";
    track.append(label);
  });
}
