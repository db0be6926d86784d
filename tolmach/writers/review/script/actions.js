/* What an editor does: go, edit, approve, replace, filter. */

let current = -1;
let editing = null; // { index, field }
let filter = "all";
let wanted = "";

const FILTERS = {
  all: ["All", "", () => true],
  open: ["To approve", "", (segment) => segment.translate && !segment.state.approved],
  error: ["Errors", SIGNS.error, (segment) => has(segment, "error")],
  warning: ["Warnings", SIGNS.warning, (segment) => has(segment, "warning")],
  names: ["Names", "", (segment) => segment.warnings.some(({ code }) => code.startsWith("name"))],
  edited: ["Edited", "✎", isEdited],
};

const shown = () => [...rows.values()].map(({ row }) => row).filter((row) => !row.hidden);
const indexOf = (row) => Number(row.dataset.index);

function select(index, { focus = true, flash = false } = {}) {
  const found = rows.get(index);
  if (!found) return;
  rows.get(current)?.row.classList.remove("current");
  current = index;
  found.row.classList.add("current");
  if (found.row.hidden) setFilter("all", "");
  if (focus) found.row.focus({ preventScroll: true });
  found.row.scrollIntoView({ block: flash ? "center" : "nearest" });
  if (!flash) return;
  found.row.classList.remove("flash");
  void found.row.offsetWidth; // restarts the animation
  found.row.classList.add("flash");
}

/** Go to the next or previous shown segment, or to the next one that passes a test. */
function step(by, test = () => true) {
  const list = shown();
  let place = list.findIndex((row) => indexOf(row) === current);
  if (place < 0) place = by > 0 ? -1 : list.length;
  for (place += by; place >= 0 && place < list.length; place += by) {
    const index = indexOf(list[place]);
    if (test(segments.get(index))) return select(index), true;
  }
  return false;
}

function edit(index) {
  if (editing?.index === index) return;
  leave({ focus: false });
  select(index, { focus: false });
  const segment = segments.get(index);
  const { target, text } = rows.get(index);
  const field = make("textarea", {
    lang: article.targetLanguage,
    spellcheck: "true",
    rows: "1",
    "aria-label": `Translation of segment ${index + 1}`,
    oninput: () => fit(field),
    onblur: () => leave({ focus: false }),
  });
  field.value = segment.state.target;
  text.hidden = true;
  target.append(field);
  editing = { index, field };
  fit(field);
  field.focus({ preventScroll: true });
  field.setSelectionRange(field.value.length, field.value.length);
  rows.get(index).row.classList.add("editing");
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
  typed();
}

// what is being typed survives a crash of the browser too
const typed = later(() => {
  if (!editing) return;
  const segment = segments.get(editing.index);
  const state = segment.state;
  const target = written(editing.field);
  if (target === state.target) return;
  segment.state = { target, approved: false };
  keep.now();
  segment.state = state;
}, 500);

const written = (field) => field.value.replace(/\s*\n\s*/g, " ").trim();

/** Close the field; what was typed stays. */
function leave({ focus = true } = {}) {
  if (!editing) return;
  const { index, field } = editing;
  editing = null; // removing the field blurs it, which comes back here
  const { row, text } = rows.get(index);
  const target = written(field);
  field.remove();
  text.hidden = false;
  row.classList.remove("editing");
  change([{ index, target }]);
  if (focus) row.focus({ preventScroll: true });
}

function approve(index, { value = null } = {}) {
  leave({ focus: false });
  const segment = segments.get(index);
  if (!segment?.translate) return;
  const approved = value ?? !segment.state.approved;
  if (approved && !segment.state.target) return say("An empty translation cannot be approved.");
  change([{ index, approved }]);
  select(index);
}

function approveAndGoOn() {
  const index = editing?.index ?? current;
  if (index < 0) return step(1);
  // where to go on is known before: an approved one may no longer be shown
  leave({ focus: false });
  approve(index, { value: true });
  if (segments.get(index).translate && !segments.get(index).state.approved) return;
  const went = step(1, (segment) => segment.translate && !segment.state.approved);
  if (went) return;
  if (work.every((segment) => segment.state.approved)) say("Everything is approved. Export when you are ready.");
  else say("No segment to approve below this one.");
}

/** Approve what is shown; untouched segments with an error are left for the editor to look at. */
function approveShown() {
  leave({ focus: false });
  const open = shown()
    .map((row) => segments.get(indexOf(row)))
    .filter((segment) => segment.translate && !segment.state.approved && segment.state.target);
  const fine = open.filter((segment) => isEdited(segment) || !has(segment, "error"));
  change(fine.map(({ index }) => ({ index, approved: true })));
  const left = open.length - fine.length;
  const rest = left ? ` ${counted(left, "segment")} with errors left for you to look at.` : "";
  say(`${counted(fine.length, "segment")} approved.${rest}`);
}

function reset(index) {
  leave({ focus: false });
  change([{ index, target: segments.get(index).target }]);
  select(index);
}

function insert(index, suggestion) {
  leave({ focus: false });
  change([{ index, target: suggestion.target }]);
  select(index);
  say("Suggestion inserted. Compare the sources: they are alike, not the same.");
}

function takeBack() {
  leave({ focus: false });
  const indexes = undo();
  if (indexes.length === 1) select(indexes[0], { flash: true });
  else if (indexes.length) say(`Taken back in ${counted(indexes.length, "segment")}.`);
}

const isWordMark = (character) => /[\p{L}\p{M}\p{N}]/u.test(character || "");

/** Write a name otherwise wherever it stands as a whole. */
function replaceEverywhere(form, other) {
  leave({ focus: false });
  const changes = [];
  for (const segment of segments.values()) {
    const text = segment.state.target;
    let out = "";
    let from = 0;
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length)) {
      if (isWordMark(text[at - 1]) || isWordMark(text[at + form.length])) continue;
      out += text.slice(from, at) + other;
      from = at + form.length;
    }
    if (from) changes.push({ index: segment.index, target: out + text.slice(from) });
  }
  const count = change(changes);
  say(count ? `${form} → ${other} in ${counted(count, "segment")}.` : `${form} stands nowhere as a whole.`);
  return count;
}

function setFilter(name, text = wanted) {
  leave({ focus: false });
  filter = name;
  wanted = plain(text.trim());
  if (!wanted) byId("search").value = "";
  applyFilter();
}

function applyFilter() {
  const passes = FILTERS[filter][2];
  let count = 0;
  for (const [index, { row }] of rows) {
    const segment = segments.get(index);
    const found = !wanted || plain(segment.source).includes(wanted) || plain(segment.state.target).includes(wanted);
    row.hidden = !(found && passes(segment));
    if (!row.hidden) count += 1;
  }
  const narrowed = filter !== "all" || Boolean(wanted);
  for (const block of byId("segments").children) {
    const own = block.querySelectorAll("article.segment");
    block.hidden = own.length ? [...own].every((row) => row.hidden) : narrowed;
  }
  byId("nothing").hidden = count > 0 || !narrowed;
  document.body.classList.toggle("narrowed", narrowed);
  showFilters();
  if (narrowed) say(`${counted(count, "segment")} shown.`);
}
