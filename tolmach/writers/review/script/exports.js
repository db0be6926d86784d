/* The edits as files: JSON for tolmach, XLIFF 2.1 for translation tools. */

const baseName = () => {
  const name = article.document.split("/").at(-1);
  const dot = name.lastIndexOf(".");
  return `${dot > 0 ? name.slice(0, dot) : name}.${article.targetLanguage}.edits`;
};

function editsAsJson() {
  const edits = {
    tolmach: "edits",
    version: article.version,
    document: article.document,
    source_language: article.sourceLanguage,
    target_language: article.targetLanguage,
    signature: article.signature,
    segments: exportedSegments().map((segment) => ({
      index: segment.index,
      source: segment.source,
      machine: segment.target,
      target: segment.state.target,
      approved: segment.state.approved,
    })),
  };
  return `${JSON.stringify(edits, null, 1)}\n`;
}

const exportedSegments = () =>
  [...segments.values()].filter((segment) => segment.translate || isChanged(segment));

// what XML 1.0 does not allow at all; halves of surrogate pairs too
const NO_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const escaped = (text) =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#13;");
const asAttribute = (text) =>
  escaped(text.replace(NO_XML, "\ufffd")).replace(/"/g, "&quot;").replace(/\s/g, " ");
const asNote = (text) => escaped(text.replace(NO_XML, "\ufffd"));
const asContent = (text) =>
  escaped(text).replace(NO_XML, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `<cp hex="${hex}"/>`;
  });

function editsAsXliff() {
  const groups = article.blocks
    .filter((block) => block.segments.length)
    .map((block, index) => {
      const units = block.segments.map(xliffUnit).join("");
      return `  <group id="b${index}" type="tolmach:${block.kind}">\n${units}  </group>\n`;
    });
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" ' +
    `srcLang="${asAttribute(article.sourceLanguage)}" trgLang="${asAttribute(article.targetLanguage)}">\n` +
    ` <file id="f1" original="${asAttribute(article.document)}" xml:space="preserve">\n` +
    `${groups.join("") || '  <group id="b0"/>\n'} </file>\n</xliff>\n`
  );
}

function xliffUnit(segment) {
  const { index, state } = segment;
  const warnings = segment.warnings.map(
    ({ code, severity, message }) =>
      `     <note category="tolmach:${asAttribute(severity)}">${asNote(`${code}: ${message}`)}</note>\n`,
  );
  const machine = `     <note category="machine" appliesTo="target">${asNote(segment.target)}</note>\n`;
  return (
    `   <unit id="${index}"${segment.translate ? "" : ' translate="no"'}>\n` +
    `    <notes>\n${machine}${warnings.join("")}    </notes>\n` +
    `    <segment id="${index}" state="${state.approved ? "final" : "translated"}">\n` +
    `     <source>${asContent(segment.source)}</source>\n` +
    `     <target>${asContent(state.target)}</target>\n` +
    "    </segment>\n   </unit>\n"
  );
}

/** Hand a text to the editor as a file. */
function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = make("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

function exportEdits(form) {
  leave();
  const name = `${baseName()}.${form === "json" ? "json" : "xlf"}`;
  if (form === "json") download(name, editsAsJson(), "application/json");
  else download(name, editsAsXliff(), "application/xliff+xml");
  markExported();
  byId("export").open = false;
  const open = work.filter((segment) => isEdited(segment) && !segment.state.approved).length;
  const rest = open ? ` ${counted(open, "edited segment")} in it not approved yet.` : "";
  say(`Saved ${name}.${rest}`);
}
