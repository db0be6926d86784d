(() => {
  const box = document.getElementById("browser");
  if (!box) return;
  const data = JSON.parse(document.getElementById("data").textContent);
  const swatches = [...document.getElementById("swatches").content.children];
  const ID = 0, DOCUMENT = 1, SOURCE = 2, REFERENCES = 3, OUTPUTS = 4, DISTANCE = 5;
  const TEXT = 0, SCORES = 1, CHECKS = 2;
  const whole = new Intl.NumberFormat("en");

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === false || value === null || value === undefined) continue;
      if (key === "class") node.className = value;
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
  const shown = (score) => (score === null ? "–" : score.toFixed(1));
  const count = (number, one, many) => `${whole.format(number)} ${number === 1 ? one : many}`;

  function found(text, terms) {
    const flags = new Uint8Array(text.length);
    const folded = fold(text);
    if (folded.length !== text.length) return flags;
    for (const term of terms) {
      for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + term.length)) {
        flags.fill(1, at, at + term.length);
      }
    }
    return flags;
  }
  const fold = (text) => text.toLowerCase().replaceAll("ё", "е");

  // the text in pieces: what differs in <ins> or <del>, what was searched for in <mark>
  function pieces(text, differs, tag) {
    const hits = state.terms.length ? found(text, state.terms) : new Uint8Array(text.length);
    const nodes = [];
    for (let start = 0, end; start < text.length; start = end) {
      const [d, h] = [differs ? differs[start] : 0, hits[start]];
      end = start + 1;
      while (end < text.length && (differs ? differs[end] : 0) === d && hits[end] === h) end++;
      let node = document.createTextNode(text.slice(start, end));
      if (h) node = make("mark", {}, node);
      if (d) node = make(tag, {}, node);
      nodes.push(node);
    }
    return nodes.length ? nodes : [make("em", { class: "empty" }, "(empty)")];
  }

  // State and controls ------------------------------------------------------------------------

  const state = {
    direction: data.directions.findIndex((direction) => direction.units.length > 0),
    visible: [], focus: -1, metric: 0, document: "", check: "", low: "", high: "",
    query: "", terms: [], sort: "worst", against: "reference", size: 25, page: 0,
  };
  const EMPTY = { low: "", high: "", document: "", check: "", query: "" };
  const texts = new Map(); // folded texts by segment, made at the first search
  const fields = {};
  let rows = [];
  const here = () => data.directions[state.direction];

  const choice = (key, label, options) => {
    const select = make("select", { id: `f-${key}` });
    for (const [value, name] of options) {
      const option = make("option", { value }, name);
      option.selected = String(state[key]) === String(value);
      select.append(option);
    }
    select.addEventListener("change", () => {
      state[key] = typeof state[key] === "number" ? Number(select.value) : select.value;
      if (key !== "direction") return update();
      enter();
      fields.direction.focus();
    });
    fields[key] = select;
    return make("label", { for: `f-${key}` }, make("span", {}, label), select);
  };
  const field = (key, label, attributes) => {
    const input = make("input", { id: `f-${key}`, autocomplete: "off", ...attributes });
    let timer = 0;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        state[key] = input.value;
        update();
      }, 150);
    });
    input.value = state[key];
    fields[key] = input;
    return make("label", { for: `f-${key}`, class: key }, make("span", {}, label), input);
  };
  const button = (label, action, kind) => {
    const node = make("button", { type: "button", class: kind }, label);
    node.addEventListener("click", action);
    return node;
  };

  function enter() {
    texts.clear();
    Object.assign(state, {
      ...EMPTY, visible: here().systems.map(() => true), focus: -1, metric: 0,
      sort: here().metrics.length ? "worst" : "order",
      against: here().units.some((unit) => unit[REFERENCES].length) ? "reference" : "none",
    });
    build();
    update();
  }

  const set = (changes) => {
    Object.assign(state, changes);
    for (const key of Object.keys(changes)) if (fields[key]) fields[key].value = state[key];
    update();
  };

  function sorts() {
    const { metrics, systems, checks } = here();
    const many = systems.length > 1;
    return [
      ["order", "as in the suite"],
      metrics.length && ["worst", "worst first"],
      metrics.length && ["best", "best first"],
      metrics.length && many && ["spread", "scores differ most"],
      many && ["distance", "texts differ most"],
      checks.length && ["checks", "most findings of checks"],
      ["longest", "longest source first"],
    ].filter(Boolean);
  }

  function presets() {
    const { systems, metrics, checks } = here();
    const metric = metrics.length > 0, many = systems.length > 1;
    return make("div", { class: "presets", role: "group", "aria-label": "Show" },
      metrics.length ? button("Worst", () => set({ ...EMPTY, sort: "worst" })) : null,
      many && metric
        ? button("Most different", () => set({ ...EMPTY, sort: "spread" })) : null,
      checks.length
        ? button("With findings of checks", () => set({ ...EMPTY, check: "any", sort: "checks" }))
        : null,
      button("All, in order", () => set({ ...EMPTY, sort: "order" })));
  }

  function controls() {
    const { systems, metrics, documents, checks } = here();
    const many = systems.length > 1;
    const named = [...systems.entries()];
    const languages = data.directions.map((direction, index) => [index, direction.language]);
    return make("form", { class: "controls", role: "search", "aria-label": "Segments" },
      field("query", "Search", { type: "search", placeholder: "words in source, reference, output" }),
      data.directions.length > 1 ? choice("direction", "Language", languages) : null,
      many ? choice("focus", "Scores of", [[-1, "all shown (mean)"], ...named]) : null,
      metrics.length > 1 ? choice("metric", "Metric", metrics.entries()) : null,
      documents.length
        ? choice("document", "Document", [["", "any"], ...documents.entries()]) : null,
      checks.length
        ? choice("check", "Checks", [["", "all segments"], ["any", "any finding"],
            ["none", "no finding"], ...checks.entries()]) : null,
      metrics.length ? make("fieldset", { class: "range" }, make("legend", {}, "Score"),
        field("low", "from", { type: "number", step: "any", inputmode: "decimal" }),
        field("high", "to", { type: "number", step: "any", inputmode: "decimal" })) : null,
      choice("sort", "Order", sorts()),
      choice("against", "Mark differences from", [["reference", "reference"], ["none", "nothing"],
        ...(many ? named.map(([index, name]) => [`system ${index}`, name]) : [])]),
      choice("size", "On a page", [10, 25, 50, 100].map((n) => [n, n])),
      many ? visibility() : null);
  }

  function build() {
    const form = controls();
    form.addEventListener("submit", (event) => event.preventDefault());
    fields.count = make("p", { class: "count", role: "status" });
    fields.list = make("div", { class: "units" });
    fields.key = make("p", { class: "hint" });
    box.replaceChildren(presets(), form, fields.key, make("div", { class: "bar" }, fields.count, pager("top")),
      fields.list, pager("bottom"));
    box.hidden = false;
  }

  function visibility() {
    const group = make("fieldset", { class: "visible" }, make("legend", {}, "Systems shown"));
    here().systems.forEach((name, index) => {
      const input = make("input", { type: "checkbox", id: `v-${index}` });
      input.checked = state.visible[index];
      input.addEventListener("change", () => {
        state.visible[index] = input.checked;
        update();
      });
      group.append(make("label", { for: `v-${index}` }, input, swatch(index), name));
    });
    return group;
  }
  const swatch = (index) => swatches[index].cloneNode(true);

  function pager(place) {
    const move = (by) => () => {
      state.page += by;
      render();
      fields.list.scrollIntoView({ block: "start" });
    };
    const nav = make("nav", { class: "pager", "aria-label": `Pages, ${place}` },
      button("← Previous", move(-1), "previous"),
      make("span", { class: "place" }),
      button("Next →", move(1), "next"));
    return (fields.pagers ??= {})[place] = nav;
  }

  // Filtering and sorting ---------------------------------------------------------------------

  const inView = () => [...state.visible.keys()].filter((index) => state.visible[index]);
  const judged = () => (state.focus < 0 ? inView() : [state.focus]);

  function scores(unit, systems) {
    return systems.map((index) => unit[OUTPUTS][index])
      .map((output) => (output ? output[SCORES][state.metric] ?? null : null))
      .filter((score) => score !== null);
  }
  const mean = (values) => values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
  const spread = (values) => (values.length > 1 ? Math.max(...values) - Math.min(...values) : 0);
  const findings = (unit, systems) => systems.flatMap((index) =>
    (unit[OUTPUTS][index] ? unit[OUTPUTS][index][CHECKS] : []));

  function contains(unit, terms, systems) {
    if (!texts.has(unit)) {
      texts.set(unit, {
        fixed: fold([unit[ID], unit[SOURCE], ...unit[REFERENCES]].join("\n")),
        outputs: unit[OUTPUTS].map((output) => (output ? fold(output[TEXT]) : "")),
      });
    }
    const { fixed, outputs } = texts.get(unit);
    const holds = (term) => (index) => outputs[index].includes(term);
    return terms.every((term) => fixed.includes(term) || systems.some(holds(term)));
  }

  function select() {
    const [view, systems] = [inView(), judged()];
    const [low, high] = [state.low, state.high].map((value) => (value === "" ? null : Number(value)));
    return here().units.filter((unit) => {
      if (state.document !== "" && unit[DOCUMENT] !== Number(state.document)) return false;
      if (state.focus >= 0 && !unit[OUTPUTS][state.focus]) return false;
      if (state.check !== "") {
        const codes = findings(unit, systems);
        if (state.check === "any" ? !codes.length
          : state.check === "none" ? codes.length
            : !codes.includes(Number(state.check))) return false;
      }
      if (low !== null || high !== null) {
        const score = mean(scores(unit, systems));
        if (score === null || (low !== null && score < low) || (high !== null && score > high)) {
          return false;
        }
      }
      return !state.terms.length || contains(unit, state.terms, view);
    });
  }

  function sorted(units) {
    if (state.sort === "order") return units;
    const systems = judged();
    const sign = here().lower.includes(here().metrics[state.metric]) ? -1 : 1;
    const last = (value) => (value === null ? Infinity : value);
    const keys = {
      worst: (unit) => last(((m) => (m === null ? null : sign * m))(mean(scores(unit, systems)))),
      best: (unit) => last(((m) => (m === null ? null : -sign * m))(mean(scores(unit, systems)))),
      spread: (unit) => -spread(scores(unit, inView())),
      distance: (unit) => -unit[DISTANCE],
      checks: (unit) => -findings(unit, systems).length,
      longest: (unit) => -unit[SOURCE].length,
    };
    return units.map((unit) => [keys[state.sort](unit), unit])
      .sort((a, b) => (a[0] === b[0] ? 0 : a[0] - b[0])).map((pair) => pair[1]);
  }

  function update() {
    state.terms = fold(state.query).split(/\s+/u).filter(Boolean);
    rows = sorted(select());
    state.page = 0;
    render();
  }

  // Showing -----------------------------------------------------------------------------------

  function closest(text, references) {
    return references.map((reference) => ({ reference, ...differences(text, reference) }))
      .reduce((best, item) => (best && best.shared >= item.shared ? best : item), null);
  }

  // what the texts of all systems that are judged lack of a reference
  function lacking(unit, reference) {
    if (state.against !== "reference") return null;
    let flags = null;
    for (const index of judged()) {
      const output = unit[OUTPUTS][index];
      if (!output) continue;
      const missing = differences(output[TEXT], reference).flags[1];
      flags = flags ? flags.map((flag, place) => flag & missing[place]) : missing;
    }
    return flags;
  }

  function differing(unit, index) {
    const text = unit[OUTPUTS][index][TEXT];
    if (state.against === "reference") {
      const best = closest(text, unit[REFERENCES]);
      return best && best.flags[0];
    }
    if (state.against === "none") return null;
    const base = Number(state.against.split(" ")[1]);
    const other = unit[OUTPUTS][base];
    return base === index || !other ? null : differences(text, other[TEXT]).flags[0];
  }

  const part = (kind, heading, body) =>
    make("section", { class: `text ${kind}` }, make("h4", {}, ...heading), body);

  function outputOf(unit, index) {
    const output = unit[OUTPUTS][index];
    const heading = [make("span", { class: "system" }, swatch(index), here().systems[index])];
    if (!output) {
      return part("output", heading, make("p", { class: "empty" }, "not in this system's output"));
    }
    const title = here().metrics[state.metric];
    if (title) heading.push(make("span", { class: "score", title }, shown(output[SCORES][state.metric])));
    for (const code of new Set(output[CHECKS])) {
      const times = output[CHECKS].filter((other) => other === code).length;
      const label = here().checks[code] + (times > 1 ? ` ×${times}` : "");
      heading.push(make("span", { class: "check", title: "found by a check" }, label));
    }
    const text = make("p", { lang: here().to }, ...pieces(output[TEXT], differing(unit, index), "ins"));
    return part("output", heading, text);
  }

  function card(unit) {
    const view = inView();
    const name = here().documents[unit[DOCUMENT]];
    const values = scores(unit, judged());
    const metric = here().metrics[state.metric], many = view.length > 1;
    const facts = [
      name ?? null,
      values.length && (many || judged().length > 1)
        ? `${state.focus < 0 && many ? "mean " : ""}${metric} ${shown(mean(values))}` : null,
      many && scores(unit, view).length > 1
        ? `apart by ${shown(spread(scores(unit, view)))}` : null,
    ].filter(Boolean).join(" · ");
    const one = unit[REFERENCES].length < 2;
    return make("article", { class: "unit" },
      make("header", {}, make("h3", {}, unit[ID]), make("span", { class: "facts" }, facts)),
      make("div", { class: "given" },
        part("source", ["Source"], make("p", { lang: data.source }, ...pieces(unit[SOURCE], null))),
        ...unit[REFERENCES].map((reference, place) => part("reference",
          [one ? "Reference" : `Reference ${place + 1}`],
          make("p", { lang: here().to }, ...pieces(reference, lacking(unit, reference), "del"))))),
      make("div", { class: "outputs" }, ...view.map((index) => outputOf(unit, index))));
  }

  function key() {
    if (state.against === "none") return [];
    const base = state.against === "reference" ? "the reference"
      : here().systems[Number(state.against.split(" ")[1])];
    const nodes = [make("ins", {}, "Marked so"), ` in an output: not in ${base}.`];
    if (state.against !== "reference") return nodes;
    const whose = state.focus >= 0 ? here().systems[state.focus]
      : inView().length > 1 ? "any output shown" : "the output";
    return [...nodes, " ", make("del", {}, "Marked so"), ` in a reference: not in ${whose}.`];
  }

  function render() {
    const pages = Math.max(1, Math.ceil(rows.length / state.size));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const first = state.page * state.size;
    const page = rows.slice(first, first + state.size);
    const total = here().units.length;
    fields.key.replaceChildren(...key());
    fields.count.textContent = !rows.length ? `None of ${count(total, "segment", "segments")}`
      : `${whole.format(first + 1)}–${whole.format(first + page.length)} of `
        + count(rows.length, "segment", "segments")
        + (rows.length < total ? ` (${whole.format(total)} in all)` : "");
    for (const nav of Object.values(fields.pagers)) {
      nav.hidden = pages === 1;
      nav.querySelector(".previous").disabled = state.page === 0;
      nav.querySelector(".next").disabled = state.page === pages - 1;
      nav.querySelector(".place").textContent = `${whole.format(state.page + 1)} / ${whole.format(pages)}`;
    }
    fields.list.replaceChildren(...page.map(card));
    if (!rows.length) {
      fields.list.append(make("p", { class: "nothing" }, "No segment is like that. ",
        button("Show all", () => {
          state.visible.fill(true);
          for (const input of box.querySelectorAll(".visible input")) input.checked = true;
          set({ ...EMPTY, focus: -1 });
        })));
    }
  }

  addEventListener("beforeprint", () => {
    for (const node of document.querySelectorAll("details")) node.open = true;
  });
  enter();
})();
