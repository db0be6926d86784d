/* Making elements. Texts only ever become text nodes, never markup. */

const byId = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag "p", or with classes "p.note.small"
 * @param {Object<string, *>} attributes `on…` are listeners; false, null and undefined are left out
 * @param {...(Node|string|null)} children
 */
function make(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Say how many: "1 error", "3 errors". */
const counted = (count, noun, plural = `${noun}s`) => `${count} ${count === 1 ? noun : plural}`;

/** Call `work` once things have been quiet for some milliseconds. */
function later(work, wait) {
  let timer = 0;
  const delayed = () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
  delayed.now = () => {
    clearTimeout(timer);
    work();
  };
  return delayed;
}

let toastTimer = 0;

/** Tell the editor something in passing; screen readers say it. */
function say(message) {
  const toast = byId("toast");
  toast.textContent = message;
  toast.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("shown"), 5000);
}

/** Texts as one compares them: composed letters, no case. */
const plain = (text) => text.normalize("NFC").toLocaleLowerCase();

const LANGUAGES = { ru: "Russian", en: "English", vi: "Vietnamese" };
const languageName = (code) => LANGUAGES[code] || code;
