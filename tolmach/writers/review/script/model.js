/* The article, what the editor did to it, and keeping that in the browser. */

const article = JSON.parse(byId("data").textContent);
const STORE = `tolmach-review:${article.key}`;
const SEVERITIES = ["error", "warning", "info"];

/** Segments by index; `state` is what the editor made of them. */
const segments = new Map();
for (const block of article.blocks) {
  for (const segment of block.segments) {
    segment.kind = block.kind;
    segment.state = initial(segment);
    segments.set(segment.index, segment);
  }
}

/** What can be approved: all but what stays as it is in every language. */
const work = [...segments.values()].filter((segment) => segment.translate);

function initial(segment) {
  return { target: segment.target, approved: segment.origin === "approved" };
}

const isEdited = (segment) => segment.state.target !== segment.target;
const isChanged = (segment) =>
  isEdited(segment) || segment.state.approved !== initial(segment).approved;
const has = (segment, severity) =>
  segment.warnings.some((warning) => warning.severity === severity);
const worst = (segment) => SEVERITIES.find((severity) => has(segment, severity)) || "";

const history = [];
const listeners = [];
let exported = true;
let keeps = true;

/** Be told of changes: `listener(indexes)`. */
const onChange = (listener) => listeners.push(listener);
const isDirty = () => !exported;

/**
 * Change segments, so that it can be taken back.
 * @param {Array<{index: number, target?: string, approved?: boolean}>} changes
 */
function change(changes) {
  const before = [];
  for (const { index, target, approved } of changes) {
    const segment = segments.get(index);
    const next = { ...segment.state };
    if (target !== undefined && target !== next.target) {
      next.target = target;
      next.approved = false; // it was another text that was approved
    }
    if (approved !== undefined) next.approved = approved;
    if (next.target === segment.state.target && next.approved === segment.state.approved) continue;
    before.push({ index, state: segment.state });
    segment.state = next;
  }
  if (!before.length) return 0;
  history.push(before);
  changed(before.map((entry) => entry.index));
  return before.length;
}

/** Take back the last change; returns the indexes it concerned. */
function undo() {
  const before = history.pop();
  if (!before) return [];
  for (const { index, state } of before) segments.get(index).state = state;
  const indexes = before.map((entry) => entry.index);
  changed(indexes);
  return indexes;
}

function changed(indexes) {
  exported = false;
  keep();
  for (const listener of listeners) listener(indexes);
}

function markExported() {
  exported = true;
  keep.now();
  for (const listener of listeners) listener([]);
}

/** Forget all that was done, here and in the browser's store. */
function startOver() {
  history.length = 0;
  const indexes = [...segments.values()].filter(isChanged).map((segment) => segment.index);
  for (const index of indexes) segments.get(index).state = initial(segments.get(index));
  changed(indexes);
  exported = true;
  keep.now();
  for (const listener of listeners) listener([]);
}

const keep = later(() => {
  const kept = {};
  for (const segment of segments.values()) {
    if (isChanged(segment)) kept[segment.index] = segment.state;
  }
  try {
    if (Object.keys(kept).length) {
      localStorage.setItem(STORE, JSON.stringify({ version: 1, exported, segments: kept }));
    } else localStorage.removeItem(STORE);
    keeps = true;
  } catch {
    keeps = false; // a browser that stores nothing for files: the export is all there is
  }
}, 300);

/** Bring back what was done before the page was closed; returns how many segments. */
function restore() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(STORE) || "null");
  } catch {
    keeps = false;
  }
  if (!kept || kept.version !== 1 || typeof kept.segments !== "object") return 0;
  let count = 0;
  for (const [index, state] of Object.entries(kept.segments || {})) {
    const segment = segments.get(Number(index));
    if (!segment || typeof state?.target !== "string") continue;
    segment.state = { target: state.target, approved: state.approved === true };
    count += 1;
  }
  exported = kept.exported === true;
  return count;
}
