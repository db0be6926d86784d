/* Putting it together. */

const THEME = "tolmach-review-theme";

function changeTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(THEME, next);
  } catch {
    // it lasts as long as the page
  }
}

function restoreTheme() {
  try {
    const theme = localStorage.getItem(THEME);
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // the system's own
  }
}

function listen() {
  const on = (id, type, action) => byId(id).addEventListener(type, action);
  on("undo", "click", takeBack);
  on("approve-all", "click", approveShown);
  on("export-json", "click", () => exportEdits("json"));
  on("export-xliff", "click", () => exportEdits("xliff"));
  on("theme", "click", changeTheme);
  on("help-open", "click", showHelp);
  on("show-all", "click", () => setFilter("all", ""));
  const search = later(() => setFilter(filter, byId("search").value), 150);
  on("search", "input", search);
  on("segments", "click", onClick);
  document.addEventListener("keydown", onKey);
  // a button must not move because the field above it closes while it is pressed
  document.addEventListener("mousedown", (event) => {
    if (editing && event.target.closest("button")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#export")) byId("export").open = false;
  });
  addEventListener("beforeunload", (event) => {
    if (editing) leave({ focus: false });
    keep.now();
    if (isDirty()) event.preventDefault();
  });
  addEventListener("pagehide", keep.now);
}

function onClick(event) {
  const row = event.target.closest("article.segment");
  if (!row || event.target.closest("button, a, textarea")) return;
  const index = indexOf(row);
  const selecting = String(getSelection()).length > 0; // copying a word is not editing
  if (event.target.closest(".target") && !selecting) edit(index);
  else if (!selecting) select(index);
}

function refresh(indexes) {
  for (const index of indexes) if (rows.has(index)) updateRow(index);
  showProgress();
  showFilters();
}

restoreTheme();
const restored = restore();
showArticle();
showHeader();
showPanels();
listen();
onChange(refresh);
refresh([]);
if (restored) say(`Your edits of ${counted(restored, "segment")} are back.`);
