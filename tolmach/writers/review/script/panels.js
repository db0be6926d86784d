/* What stands around the text: notices, filters, progress, summary, names, how it was made. */

function showHeader() {
  byId("heading").textContent = article.title || article.document;
  const languages = `${languageName(article.sourceLanguage)} → ${languageName(article.targetLanguage)}`;
  const parts = [article.document, languages, article.model || "nothing translated"];
  byId("about").textContent = parts.join("  ·  ");
  byId("source-name").textContent = languageName(article.sourceLanguage);
  byId("target-name").textContent = languageName(article.targetLanguage);
  byId("heading").lang = article.title ? article.targetLanguage : "";
  byId("notices").append(...article.warnings.map(notice));
}

function notice(warning) {
  return make(
    `p.notice.${warning.severity}`,
    {},
    make("span.sign", { "aria-hidden": "true" }, SIGNS[warning.severity]),
    make("span.unseen", {}, `${WORDS[warning.severity]}: `),
    warning.message,
  );
}

function showFilters() {
  const place = byId("filters");
  if (!place.childElementCount) {
    for (const name of Object.keys(FILTERS)) {
      place.append(make("button.filter", { type: "button", "data-filter": name, onclick: () => setFilter(name) }));
    }
  }
  const all = [...segments.values()];
  for (const button of place.children) {
    const name = button.dataset.filter;
    const [label, sign, passes] = FILTERS[name];
    const count = name === "all" ? all.length : all.filter(passes).length;
    button.replaceChildren(
      ...[sign && make("span.sign", { "aria-hidden": "true" }, sign), `${label} `, make("b", {}, String(count))].filter(Boolean),
    );
    button.className = `filter ${name}`;
    button.setAttribute("aria-pressed", String(name === filter));
  }
}

function showProgress() {
  const approved = work.filter((segment) => segment.state.approved).length;
  const edited = work.filter(isEdited).length;
  byId("progress").max = Math.max(work.length, 1);
  byId("progress").value = approved;
  const parts = [`${approved} of ${work.length} approved`, edited && `${edited} edited`];
  byId("progress-text").textContent = parts.filter(Boolean).join(" · ");
  byId("undo").disabled = !history.length;
  byId("dirty").hidden = !isDirty();
  byId("export-note").textContent = keeps
    ? "What you do is kept in this browser until you export it."
    : "This browser keeps nothing for this page: export before you close it.";
}

function showPanels() {
  const place = byId("panels");
  const panels = [summaryPanel(), namesPanel(), madePanel()].filter(Boolean);
  place.append(...panels);
}

function panel(title, open, ...content) {
  return make("details.panel", { open }, make("summary", {}, make("h2", {}, title)), ...content);
}

const METHODS = {
  abstractive: ["✦", "written by a model"],
  extractive: ["❝", "taken from the article"],
};

function summaryPanel() {
  const { summary } = article;
  if (!summary) return null;
  const items = summary.sentences.map(({ text, method, sources }) => {
    const [sign, words] = METHODS[method] || ["", method];
    const links = sources.map((index) =>
      make(
        "a.jump",
        { href: `#s${index}`, "aria-label": `Go to segment ${index + 1}`, onclick: (event) => jump(event, index) },
        String(index + 1),
      ),
    );
    const how = make("small.how", {}, make("span", { "aria-hidden": "true" }, `${sign} `), `${words}; rests on `, ...links);
    return make("li", {}, make("span", { lang: article.targetLanguage }, text), how);
  });
  const empty = items.length ? null : make("p.how", {}, "There is no summary.");
  const list = items.length ? make("ol.summary", {}, ...items) : null;
  return panel("Summary", true, ...[list, empty].filter(Boolean), ...summary.warnings.map(notice));
}

function jump(event, index) {
  event.preventDefault();
  leave({ focus: false });
  select(index, { flash: true });
}

function namesPanel() {
  if (!article.names.length) return null;
  const doubtful = (name) => !name.known || name.missing > 0;
  const list = [...article.names].sort((a, b) => doubtful(b) - doubtful(a));
  const head = ["Source", "Here", "×"].map((text) => make("th", { scope: "col" }, text));
  const table = make("table.names", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...list.map(nameRow)));
  return panel(`Names (${article.names.length})`, true, make("div.scroll", {}, table));
}

function nameRow(name) {
  const form = make("td", {}, make("b", { lang: article.targetLanguage }, name.form));
  if (!name.known) form.append(" ", make("span.guess", { title: "no list has this name: guessed from its spelling" }, "▲ guessed"));
  if (name.missing) form.append(" ", make("span.missing", {}, `▲ not found ${name.missing}×`));
  const instead = Object.entries(name.written).map(([text, count]) => `${text}${count > 1 ? ` ${count}×` : ""}`);
  if (instead.length) form.append(make("small", { lang: article.targetLanguage }, `instead of ${instead.join(", ")}`));
  if (!name.known && name.alternatives.length) form.append(everywhere(name));
  const source = make("td", {}, make("span", { lang: article.sourceLanguage }, name.source), make("small", {}, name.type));
  return make("tr", {}, source, form, make("td", {}, String(name.count)));
}

function everywhere(name) {
  const forms = [name.form, ...name.alternatives];
  const place = make("div.everywhere");
  let now = name.form;
  const fill = () =>
    place.replaceChildren(
      make("small", {}, "Everywhere: "),
      ...forms
        .filter((form) => form !== now)
        .map((form) =>
          make(
            "button.small",
            {
              type: "button",
              lang: article.targetLanguage,
              "aria-label": `Write ${form} instead of ${now} everywhere`,
              onclick: () => {
                if (replaceEverywhere(now, form)) now = form;
                fill();
              },
            },
            form,
          ),
        ),
    );
  // the form that stands there may have been changed, or changed back, elsewhere
  onChange(() => {
    const texts = [...segments.values()].map(({ state }) => state.target);
    const found = forms.find((form) => texts.some((text) => text.includes(form)));
    if (found && !texts.some((text) => text.includes(now))) {
      now = found;
      fill();
    }
  });
  fill();
  return place;
}

function madePanel() {
  const list = make("dl.made");
  for (const [key, value] of Object.entries({ document: article.document, ...article.signature })) {
    list.append(make("dt", {}, key), make("dd", {}, value));
  }
  const forget = make(
    "button",
    {
      type: "button",
      id: "start-over",
      onclick: () => {
        if (!confirm("Throw away all edits and approvals in this page?")) return;
        leave({ focus: false });
        startOver();
        say("All edits are gone.");
      },
    },
    "Throw away my edits",
  );
  return panel("How this was made", false, list, forget);
}
