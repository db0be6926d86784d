/* Where a place of the machine's text stands in the edited one, and underlining places. */

/**
 * Find a span of one text in an edited version of it.
 * @param {string} before
 * @param {string} after
 * @param {[number, number]} span in `before`
 * @returns {[number, number]|null} in `after`; null if the edit cut through it
 */
function moved(before, after, span) {
  if (before === after) return span;
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const [start, end] = span;
  const shift = after.length - before.length;
  if (end <= head) return span;
  if (start >= before.length - tail) return [start + shift, end + shift];
  if (start <= head && end >= before.length - tail) return [start, end + shift];
  return null;
}

/** Where a warning points to in the target as it stands now. */
function placeOf(segment, warning) {
  return warning.target ? moved(segment.target, segment.state.target, warning.target) : null;
}

/**
 * Return a text as nodes, with places underlined by severity.
 * @param {string} text
 * @param {Array<{span: [number, number], severity: string}>} places
 */
function underlined(text, places) {
  if (!places.length) return [document.createTextNode(text)];
  const edges = new Set([0, text.length]);
  for (const { span } of places) edges.add(span[0]).add(span[1]);
  const sorted = [...edges].filter((edge) => edge <= text.length).sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => {
    const start = sorted[index];
    const over = places.filter(({ span }) => span[0] <= start && span[1] >= end);
    const severity = SEVERITIES.find((name) => over.some((place) => place.severity === name));
    const piece = text.slice(start, end);
    return severity ? make(`mark.${severity}`, {}, piece) : document.createTextNode(piece);
  });
}

const sourceNodes = (segment) =>
  underlined(
    segment.source,
    segment.warnings
      .filter((warning) => warning.source)
      .map((warning) => ({ span: warning.source, severity: warning.severity })),
  );

const targetNodes = (segment) =>
  underlined(
    segment.state.target,
    segment.warnings
      .map((warning) => ({ span: placeOf(segment, warning), severity: warning.severity }))
      .filter(({ span }) => span),
  );
