// @ts-check
/**
 * The words of a page's script, in the page's language. The server puts them into an attribute; no script holds a word that
 * people read. Numbers and times are written as the language's locale has it: with Latin digits in Arabic, as the server
 * does.
 */

/** @typedef {string | Record<string, string>} Text one text, or one for each form that the language has for counts */

/**
 * @typedef {object} Words
 * @property {(name: string, values?: Record<string, string | number>) => string} say the text of that name. A number n picks its form
 * @property {(n: number) => string} number
 * @property {(at: Date) => string} time a time of day, where the reader is
 * @property {(at: Date) => string} moment the day with it
 * @property {(within: ParentNode) => void} showTimes writes the times that stand there as they are where the reader is
 */

/**
 * Reads an element's words.
 * @param {HTMLElement} element
 * @returns {Words}
 */
export function wordsOf(element) {
  /** @type {{ Locale: string, Moment: string, Texts: Record<string, Text> }} */
  const { Locale: locale, Moment: dated, Texts: texts } = JSON.parse(element.dataset.words ?? "");
  const numbers = new Intl.NumberFormat(locale);
  const forms = new Intl.PluralRules(locale);
  const times = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const days = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const time = (/** @type {Date} */ at) => times.format(at);
  const moment = (/** @type {Date} */ at) => dated.replace("{date}", days.format(at)).replace("{time}", time(at));
  return {
    say(name, values = {}) {
      const text = texts[name];
      const form = typeof text === "object" ? text[forms.select(Number(values.n))] : text;
      if (form === undefined) throw new Error(`the page has no words for ${name}`);
      return form.replace(/\{(\w+)\}/g, (whole, key) => {
        const value = values[key];
        return value === undefined ? whole : typeof value === "number" ? numbers.format(value) : value;
      });
    },
    number: (n) => numbers.format(n),
    time,
    moment,
    showTimes(within) {
      for (const shown of within.querySelectorAll("time[datetime*='T']")) {
        const at = new Date(shown.getAttribute("datetime") ?? "");
        if (Number.isNaN(at.getTime())) continue;
        // The day belongs to the time: near midnight it is another one elsewhere.
        shown.textContent = shown.hasAttribute("data-date") ? moment(at) : time(at);
      }
    },
  };
}
