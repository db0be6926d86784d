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
  const panels = [...article.summaries.map(summaryPanel), namesPanel(), madePanel()].filter(Boolean);
  place.append(...panels);
}

const narrow = matchMedia("(max-width: 760px)");

function panel(title, wide, ...content) {
  // on a phone they stand above the text
  const open = wide && !narrow.matches;
  return make("details.panel", { open }, make("summary", {}, make("h2", {}, title)), ...content);
}

const METHODS = {
  abstractive: ["✦", "written by a model"],
  extractive: ["❝", "taken from the article"],
};

const STYLES = { abstract: "Summary", bullets: "Summary in points", lead: "Lead", headline: "Headline" };

function summaryPanel(summary) {
  const items = summary.sentences.map((sentence) =>
    make("li", {}, make("span", { lang: article.targetLanguage }, sentence.text), howMade(sentence), ...checked(sentence)),
  );
  const empty = items.length ? null : make("p.how", {}, "There is no summary.");
  const list = items.length ? make("ol.summary", {}, ...items) : null;
  const parts = [list, empty, represented(summary)].filter(Boolean);
  return panel(STYLES[summary.style] || summary.style, true, ...parts, ...summary.warnings.map(notice));
}

function howMade({ method, sources }) {
  const [sign, words] = METHODS[method] || ["", method];
  const links = sources.flatMap((index) => [
    " ",
    make(
      "a.jump",
      { href: `#s${index}`, "aria-label": `Go to segment ${index + 1}`, onclick: (event) => jump(event, index) },
      String(index + 1),
    ),
  ]);
  return make("small.how", {}, make("span", { "aria-hidden": "true" }, `${sign} `), `${words}; rests on`, ...links);
}

/** Say which checks a sentence passed, which it did not, and what was thrown away before it. */
function checked({ checks, refused }) {
  const failed = checks.filter(([, fine]) => !fine);
  const lines = failed.map(([name, , detail]) => make("small.how.missing", {}, `▲ ${name}: ${detail}`));
  const passed = checks.filter(([, fine]) => fine).map(([name]) => name);
  if (passed.length) lines.push(make("small.how", {}, `✓ ${passed.join(", ")}`));
  if (refused.length) lines.push(make("small.how", {}, `not taken before: ${refused.join("; ")}`));
  return lines;
}

/** Say which sections of a long article are not in its summary. */
function represented({ sections, missing }) {
  if (sections < 2) return null;
  const words = `Represents ${sections - missing.length} of ${sections} sections`;
  if (!missing.length) return make("p.left-out", {}, words);
  const list = missing.map((title) => make("li", { lang: article.targetLanguage }, title));
  return make("details.left-out", {}, make("summary", {}, `${words}; not in it:`), make("ul", {}, ...list));
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
