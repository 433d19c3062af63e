// Times are whole microseconds, null where something did not happen.
function time(us) {
  if (us === null || us === undefined) return "–";
  if (us < 0) return "−" + time(-us);
  if (us === 0) return "0 ms";
  if (us < 1000) return us + " µs";
  if (us < 9995) return (us / 1000).toFixed(1) + " ms";
  if (us < 999500) return Math.round(us / 1000) + " ms";
  if (us < 60e6) return (us / 1e6).toFixed(2) + " s";
  return Math.floor(us / 60e6) + " min " + String(Math.floor(us / 1e6) % 60).padStart(2, "0") + " s";
}

function bytes(n) {
  if (n === null || n === undefined || n < 0) return "–";
  if (n < 1000) return n + " B";
  if (n < 999950) return (n / 1e3).toFixed(1) + " kB";
  if (n < 999950000) return (n / 1e6).toFixed(1) + " MB";
  return (n / 1e9).toFixed(1) + " GB";
}

function count(n, word) {
  return n.toLocaleString("en") + " " + word + (n === 1 ? "" : "s");
}

function sizeOf(r) {
  if (r.cache) return "(" + r.cache + ")";
  if (!r.status && !r.received) return "–";
  return bytes(r.received);
}
