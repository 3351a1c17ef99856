import type { chinese } from './chinese/all.ts'

/**
 * Every string that a page shows. English stands where it is said; Chinese stands in the catalog under the English, is
 * loaded before the pages are (so that also a module's constants may say something), and only where it is spoken: first
 * what the list of runs says, the rest before any other page is opened.
 */

export type Message = keyof typeof chinese
export type Language = 'en' | 'zh'
export type LanguageChoice = Language | 'auto'

type Names<M> = M extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
type Value = string | number | null | undefined
type Values<M> = [Names<M>] extends [never] ? [] : [values: Record<Names<M>, Value>]

const KEPT = 'hg-language'
let catalog: Partial<Record<string, string>> = {}
let spoken: Language = 'en'

export function language(): Language {
  return spoken
}

/** The locale of numbers and dates. English ones have the day before the month. */
export function locale(): string {
  return spoken === 'zh' ? 'zh-CN' : 'en-GB'
}

function fill(text: string, values: Record<string, Value> = {}): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? String(values[name] ?? '') : place))
}

export function say<M extends Message>(message: M, ...[values]: Values<M>): string {
  return fill(catalog[message] ?? message, values)
}

/** `1 run`, `2,000 runs`; Chinese has one word for any number of them, and stands under the many. */
export function sayMany(n: number, one: string, many: Message & `${string}{n}${string}`): string {
  return fill(catalog[many] ?? (n === 1 ? one : many), { n: n.toLocaleString(locale()) })
}

/** A word that comes from the service (a status, a phase); one that is not known here is shown as it came. */
export function sayWord(word: string): string {
  return catalog[word] ?? word.replaceAll('_', ' ')
}

export function languageChoice(): LanguageChoice {
  const kept = localStorage.getItem(KEPT)
  return kept === 'en' || kept === 'zh' ? kept : 'auto'
}

/** The first of the browser's languages that is spoken here. */
export function languageOf(choice: LanguageChoice, asked: readonly string[]): Language {
  if (choice !== 'auto') return choice
  return asked.map((one) => one.slice(0, 2).toLowerCase()).find((one) => one === 'zh' || one === 'en') === 'zh'
    ? 'zh'
    : 'en'
}

/** Words that were said stay said: the page is read again, at the same address. */
export function chooseLanguage(choice: LanguageChoice): void {
  if (choice === 'auto') localStorage.removeItem(KEPT)
  else localStorage.setItem(KEPT, choice)
  window.location.reload()
}

export async function learn(wanted: Language): Promise<void> {
  catalog = wanted === 'zh' ? (await import('./chinese/first.ts')).first : {}
  spoken = wanted
}

/** Before a page is read that says more than the first one. */
export async function learnRest(): Promise<void> {
  if (spoken === 'zh') catalog = (await import('./chinese/all.ts')).chinese
}

/** Before anything is drawn. */
export async function startLanguage(): Promise<void> {
  await learn(languageOf(languageChoice(), navigator.languages))
  document.documentElement.lang = spoken === 'zh' ? 'zh-CN' : 'en'
}
