"use strict";
// What two texts differ in: by words first, then by characters inside words that look alike.
const differences = (() => {
  const CELLS = 1e6; // of the tables that differences are worked out in: 1,000 words each way

  const WORD = /[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}]/gu;
  const words = (text) =>
    Array.from(text.matchAll(WORD), (match) => ({
      text: match[0], start: match.index, end: match.index + match[0].length,
    }));
  const graphemes = typeof Intl.Segmenter === "function"
    ? ((segmenter) => (text) => Array.from(segmenter.segment(text), (part) => part.segment))(
        new Intl.Segmenter(undefined, { granularity: "grapheme" }))
    : (text) => Array.from(text);

  // pairs [i, j] of a longest common subsequence of two lists of texts
  function common(one, other) {
    let start = 0;
    while (start < one.length && start < other.length && one[start] === other[start]) start++;
    let ends = [one.length, other.length];
    while (ends[0] > start && ends[1] > start && one[ends[0] - 1] === other[ends[1] - 1]) {
      ends = [ends[0] - 1, ends[1] - 1];
    }
    const pairs = [];
    for (let i = 0; i < start; i++) pairs.push([i, i]);
    const rows = ends[0] - start, columns = ends[1] - start, width = columns + 1;
    if (rows && columns && rows * columns <= CELLS) {
      const best = new Uint16Array((rows + 1) * width);
      for (let i = rows - 1; i >= 0; i--) {
        for (let j = columns - 1; j >= 0; j--) {
          const here = i * width + j;
          best[here] = one[start + i] === other[start + j]
            ? best[here + width + 1] + 1
            : Math.max(best[here + width], best[here + 1]);
        }
      }
      for (let i = 0, j = 0; i < rows && j < columns;) {
        if (one[start + i] === other[start + j]) pairs.push([start + i++, start + j++]);
        else if (best[(i + 1) * width + j] >= best[i * width + j + 1]) i++;
        else j++;
      }
    }
    for (let i = 0; ends[0] + i < one.length; i++) pairs.push([ends[0] + i, ends[1] + i]);
    return pairs;
  }

  // characters of words that stand for one another are compared only if the words look alike;
  // single letters that happen to agree would be confetti
  function refine(one, other, from, to, flags) {
    const [a, b] = [graphemes(one), graphemes(other)];
    const pairs = common(a, b);
    if (pairs.length * 2 < 0.55 * (a.length + b.length)) return;
    const starts = (parts) => {
      let at = 0;
      return parts.map((part) => (at += part.length) - part.length);
    };
    const [p, q] = [starts(a), starts(b)];
    for (let k = 0; k < pairs.length;) {
      let run = 1;
      while (k + run < pairs.length && pairs[k + run][0] === pairs[k][0] + run
        && pairs[k + run][1] === pairs[k][1] + run) run++;
      if (run > 1 || pairs.length === Math.max(a.length, b.length) - 1) {
        for (const [i, j] of pairs.slice(k, k + run)) {
          flags[0].fill(0, from + p[i], from + p[i] + a[i].length);
          flags[1].fill(0, to + q[j], to + q[j] + b[j].length);
        }
      }
      k += run;
    }
  }

  // for each of two texts, one flag for each character: 1 if the other text does not have it
  function difference(one, other) {
    const flags = [new Uint8Array(one.length), new Uint8Array(other.length)];
    if (one === other) return { flags, shared: 1 };
    const [a, b] = [words(one), words(other)];
    const pairs = common(a.map((w) => w.text), b.map((w) => w.text));
    let i = 0, j = 0;
    for (const [x, y] of [...pairs, [a.length, b.length]]) {
      if (i < x) flags[0].fill(1, a[i].start, a[x - 1].end);
      if (j < y) flags[1].fill(1, b[j].start, b[y - 1].end);
      for (let k = 0; i < x && j < y && k < Math.max(x - i, y - j); k++) {
        if (i + k < x && j + k < y) {
          refine(a[i + k].text, b[j + k].text, a[i + k].start, b[j + k].start, flags);
        }
      }
      [i, j] = [x + 1, y + 1];
    }
    spaces(one, flags[0]);
    spaces(other, flags[1]);
    return { flags, shared: (2 * pairs.length) / Math.max(a.length + b.length, 1) };
  }

  // a space differs only if the characters on both sides do
  function spaces(text, flags) {
    for (const { index, 0: space } of text.matchAll(/\s+/gu)) {
      const end = index + space.length;
      if (!flags[index - 1] || !flags[end]) flags.fill(0, index, end);
    }
  }

  return difference;
})();
