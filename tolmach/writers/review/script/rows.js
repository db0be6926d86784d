/* The article, segment by segment. */

const KINDS = {
  title: "Title", lead: "Lead", heading: "Heading", body: "Text", quote: "Quote",
  caption: "Caption", image: "Picture", credit: "Credit", related_title: "Related title",
  related_text: "Related text", nav: "Menu", meta: "Page data",
};
const SIGNS = { error: "✖", warning: "▲", info: "ℹ" };
const WORDS = { error: "Error", warning: "Warning", info: "Remark" };
const ORIGINS = {
  memory: ["⟲", "from memory", "translated before; taken from the translation memory"],
  approved: ["★", "approved earlier", "an editor approved this translation before"],
  copied: ["=", "left as it is", "nothing to translate: copied from the source"],
};

/** Rows by index: the parts of each that change. */
const rows = new Map();

function showArticle() {
  const place = byId("segments");
  let dropped = [];
  const flush = () => {
    if (dropped.length) place.append(droppedBlocks(dropped));
    dropped = [];
  };
  for (const block of article.blocks) {
    if (block.action === "drop") {
      dropped.push(block);
      continue;
    }
    flush();
    place.append(block.segments.length ? shownBlock(block) : keptBlock(block));
  }
  flush();
}

function droppedBlocks(blocks) {
  const kinds = [...new Set(blocks.map((block) => KINDS[block.kind] || block.kind))];
  const label = `Left out: ${counted(blocks.length, "line")} (${kinds.join(", ").toLowerCase()})`;
  const list = make("ul");
  const details = make("details.dropped", {}, make("summary", {}, label), list);
  // only made when it is looked at: pages have more of it than of text
  details.addEventListener("toggle", () => {
    if (list.childElementCount) return;
    for (const block of blocks) {
      const kind = make("span.kind", {}, KINDS[block.kind] || block.kind);
      list.append(make("li", {}, kind, make("span", { lang: article.sourceLanguage }, block.text)));
    }
  });
  return details;
}

function keptBlock(block) {
  const text = make("div.source", { lang: article.sourceLanguage }, block.text);
  const copy = make("div.target", { lang: article.sourceLanguage }, block.text);
  const kind = make("span.kind", {}, `${KINDS[block.kind] || block.kind} · copied`);
  return make(`section.block.kept.${block.kind}`, {}, kind, make("div.segment", {}, make("div.gutter"), text, copy));
}

function shownBlock(block) {
  const name = KINDS[block.kind] || block.kind;
  const label = block.kind === "body" ? null : make("span.kind", {}, name);
  const kept = block.action === "keep" ? ".kept" : "";
  return make(`section.block.${block.kind}${kept}`, { "aria-label": name }, label, block.segments.map(segmentRow));
}

function segmentRow(segment) {
  const { index } = segment;
  const text = make("div.text", {});
  const target = make("div.target", { lang: article.targetLanguage }, text);
  const tick = make(
    "button.tick",
    { type: "button", title: "Approve (a)", onclick: () => approve(index) },
    "✓",
  );
  const badges = make("div.badges");
  const warnings = make("ul.warnings");
  const row = make(
    "article.segment",
    { id: `s${index}`, tabindex: "-1", "data-index": index },
    make("div.gutter", {}, make("span.number", { "aria-hidden": "true" }, String(index + 1)), segment.translate ? tick : null),
    make("div.source", { lang: article.sourceLanguage }, ...sourceNodes(segment)),
    target,
    make("div.notes", {}, badges, warnings, suggestionList(segment)),
  );
  if (worst(segment)) row.classList.add(`has-${worst(segment)}`);
  rows.set(index, { row, target, text, tick, badges, warnings });
  updateRow(index);
  return row;
}

function updateRow(index) {
  const segment = segments.get(index);
  const { row, text, tick, badges, warnings } = rows.get(index);
  const { approved } = segment.state;
  text.replaceChildren(...targetNodes(segment));
  text.classList.toggle("empty", !segment.state.target);
  row.classList.toggle("edited", isEdited(segment));
  row.classList.toggle("approved", approved);
  tick.setAttribute("aria-pressed", String(approved));
  tick.setAttribute("aria-label", `Approve segment ${index + 1}`);
  const states = [approved && "approved", isEdited(segment) && "edited"].filter(Boolean);
  row.setAttribute("aria-label", [`Segment ${index + 1}`, ...states].join(", "));
  badges.replaceChildren(...badgeList(segment));
  warnings.replaceChildren(...segment.warnings.map((warning) => warningItem(segment, warning)));
}

function badgeList(segment) {
  const list = [];
  const origin = ORIGINS[segment.origin];
  if (origin && !(isEdited(segment) && segment.origin !== "copied")) {
    const [sign, label, title] = origin;
    list.push(make(`span.badge.${segment.origin}`, { title }, `${sign} ${label}`));
  }
  if (isEdited(segment)) {
    list.push(
      make("span.badge.edit", {}, "✎ edited"),
      make(
        "button.small.reset",
        { type: "button", title: "Back to the machine's text (r)", onclick: () => reset(segment.index) },
        "↺ machine's text",
      ),
    );
  }
  return list;
}

function warningItem(segment, warning) {
  const { severity, code, message } = warning;
  const place = placeOf(segment, warning);
  const choices = place ? alternativesOf(segment, warning, place) : [];
  const stale = isEdited(segment) && !choices.length;
  return make(
    `li.${severity}${stale ? ".stale" : ""}`,
    {},
    make("span.sign", { "aria-hidden": "true" }, SIGNS[severity]),
    make("span.unseen", {}, `${WORDS[severity]}: `),
    make("span.message", {}, message, stale ? make("em", {}, " (before your edit)") : null),
    make("code", { title: `${WORDS[severity]} ${code}` }, code),
    choices.length ? make("span.choices", {}, ...choices) : null,
  );
}

/** Buttons that put another form of a guessed name in its place. */
function alternativesOf(segment, warning, place) {
  const { target } = segment.state;
  const now = target.slice(...place);
  const machine = segment.target.slice(...warning.target);
  return [machine, ...(warning.alternatives || [])]
    .filter((form, index, all) => all.length > 1 && form !== now)
    .map((form) =>
      make(
        "button.small.choice",
        {
          type: "button",
          lang: article.targetLanguage,
          "aria-label": `Write ${form} instead of ${now}`,
          onclick: () => {
            change([{ index: segment.index, target: target.slice(0, place[0]) + form + target.slice(place[1]) }]);
            say(`${now} → ${form}`);
          },
        },
        form,
      ),
    );
}

function suggestionList(segment) {
  if (!segment.suggestions.length) return null;
  const items = segment.suggestions.map((suggestion) => {
    const share = `${Math.floor(suggestion.similarity * 100)} %`;
    return make(
      "li",
      {},
      make("span.similarity", { title: `${share} alike` }, share),
      make(
        "span.pair",
        {},
        make("span", { lang: article.targetLanguage }, suggestion.target),
        make("small", { lang: article.sourceLanguage }, suggestion.source),
      ),
      make(
        "button.small.insert",
        { type: "button", title: "Put this in place of the translation", onclick: () => insert(segment.index, suggestion) },
        "Insert",
      ),
    );
  });
  return make("ul.suggestions", { "aria-label": "From the memory, for similar sentences" }, ...items);
}
