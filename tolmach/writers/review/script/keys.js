/* The keyboard, and the overlay that explains it. */

const KEYS = [
  ["j  ↓", "next segment"],
  ["k  ↑", "segment before"],
  ["n  N", "next, previous segment with an error or a warning"],
  ["g  G", "first, last segment"],
  ["Enter", "edit; Enter again or Esc closes the field, what you typed stays"],
  ["Ctrl+Enter", "approve and go to the next one to approve"],
  ["a", "approve, or take the approval back"],
  ["i", "insert the first suggestion from the memory"],
  ["1 … 9", "take an alternative of a guessed name"],
  ["r", "back to the machine's text"],
  ["u", "undo"],
  ["/", "search; Esc leaves the search"],
  ["t", "light or dark"],
  ["?", "this page"],
];

const ACTIONS = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  n: () => step(1, doubtful) || say("No doubtful segment below."),
  N: () => step(-1, doubtful) || say("No doubtful segment above."),
  g: () => shown().length && select(indexOf(shown()[0])),
  G: () => shown().length && select(indexOf(shown().at(-1))),
  Enter: () => current >= 0 && edit(current),
  a: () => current >= 0 && approve(current),
  r: () => current >= 0 && reset(current),
  i: () => current >= 0 && segments.get(current).suggestions[0] && insert(current, segments.get(current).suggestions[0]),
  u: takeBack,
  t: () => changeTheme(),
  "/": () => byId("search").focus(),
  "?": () => showHelp(),
};

const doubtful = (segment) => has(segment, "error") || has(segment, "warning");

function onKey(event) {
  if (event.isComposing || event.defaultPrevented || byId("help").open) return;
  if (editing) return onFieldKey(event);
  const place = event.target;
  if (event.key === "Escape") return onEscape(place);
  if (place.matches("input, select")) return place.id === "search" && event.key === "Enter" ? toFirstFound(event) : undefined;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return taken(event, approveAndGoOn);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // buttons, links and foldings have Enter for themselves
  if (event.key === "Enter" && place.closest("button, a, summary")) return;
  if (/^[1-9]$/.test(event.key) && current >= 0) return taken(event, () => choose(Number(event.key)));
  if (Object.hasOwn(ACTIONS, event.key)) taken(event, ACTIONS[event.key]);
}

function taken(event, action) {
  event.preventDefault();
  action();
}

function onFieldKey(event) {
  if (event.key === "Escape") taken(event, leave);
  else if (event.key === "Enter") taken(event, event.ctrlKey || event.metaKey ? approveAndGoOn : leave);
}

function onEscape(place) {
  byId("export").open = false;
  if (place.id === "search" && current >= 0) rows.get(current).row.focus();
  else if (place.id === "search") place.blur();
}

function toFirstFound(event) {
  taken(event, () => shown().length && select(indexOf(shown()[0])));
}

function choose(number) {
  rows.get(current).row.querySelectorAll("button.choice")[number - 1]?.click();
}

function showHelp() {
  const dialog = byId("help");
  if (!dialog.childElementCount) dialog.append(...helpContent());
  dialog.showModal();
}

function helpContent() {
  const keys = KEYS.flatMap(([key, text]) => {
    const caps = key.split("  ").map((cap) => make("kbd", {}, cap));
    return [make("dt", {}, ...caps), make("dd", {}, text)];
  });
  const signs = [
    [make("span.sign.error", {}, SIGNS.error), "error: the sentence most likely says something else; do not publish it unread"],
    [make("span.sign.warning", {}, SIGNS.warning), "warning: doubtful, compare with the source"],
    [make("span.sign.info", {}, SIGNS.info), "remark: mostly harmless"],
    [make("span.badge.memory", {}, "⟲ from memory"), "translated before, the same way"],
    [make("span.badge.approved", {}, "★ approved earlier"), "an editor approved this very sentence before"],
    [make("span.badge.copied", {}, "= left as it is"), "not Russian, or an address: copied"],
    [make("span.similarity", {}, "87 %"), "a similar sentence that an editor approved; compare before you insert it"],
  ].flatMap(([sign, text]) => [make("dt", {}, sign), make("dd", {}, text)]);
  const close = make("button.primary", { type: "button", onclick: () => byId("help").close() }, "Close");
  return [
    make("h2", { id: "help-title" }, "Keys and signs"),
    make("p", {}, "Click a translation to change it, ✓ to approve it. Export when you are done: the file goes to whoever runs tolmach, and approved sentences are never translated wrongly again."),
    make("div.two", {}, make("dl.keys", {}, ...keys), make("dl.signs", {}, ...signs)),
    make("p.end", {}, close),
  ];
}
